package io.growthbus.ingest.store;

import io.growthbus.ingest.store.MeterSet.Counted;
import io.growthbus.shared.config.GrowthConfig.Meter;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;

/**
 * The slow work on counters, in steps that are one transaction each; every method may be called by
 * several nodes at once, and goes on where it was after a crash.
 *
 * <p>Design of a backfill. The events that it counts are those that carry a lower revision than its
 * meter. Their number is final once every transaction has ended that was told that a lower revision
 * is the current one. {@code ingest.counts_under} tells it only to transactions that have their
 * number already; so the backfill takes a number itself, after its meter is committed, and waits
 * until all lower ones have ended. From then on it counts day of arrival by day of arrival into a
 * table of its own, and at last moves that table into the counters, a thousand rows at a time.
 * Commits go on all the while and wait for such a move at most.
 */
public final class PgMeterUpkeep {
  /** Rows that one step moves or removes; locks on them are held that long. */
  private static final int ROWS = 1_000;

  private static final String CLAIM =
      """
      SELECT b.meter_id, b.state, b.after IS NOT NULL AS numbered, b.next_day, b.last_day,
             b.after < pg_snapshot_xmin(pg_current_snapshot()) AS settled,
             m.key, m.definition::text AS definition, m.revision
      FROM ingest.meter_backfill b JOIN ingest.meter m USING (meter_id)
      WHERE b.state <> 'done' AND NOT m.retired
      ORDER BY b.meter_id LIMIT 1
      FOR UPDATE OF b SKIP LOCKED FOR KEY SHARE OF m
      """;

  private static final String TAKE_NUMBER =
      "UPDATE ingest.meter_backfill SET after = pg_current_xact_id() WHERE meter_id = $1";

  private static final String BEGIN =
      """
      UPDATE ingest.meter_backfill b
      SET next_day = d.first, last_day = d.last, days_total = coalesce(d.last - d.first + 1, 0),
          state = CASE WHEN d.first IS NULL THEN 'done' ELSE 'counting' END
      FROM (SELECT (min(received_at) AT TIME ZONE 'UTC')::date AS first,
                   (max(received_at) AT TIME ZONE 'UTC')::date AS last FROM ingest.event) AS d
      WHERE b.meter_id = $1
      """;

  private static final String COUNT_DAY =
      """
      INSERT INTO ingest.meter_backfill_amount AS a (meter_id, subject, bucket, amount)
      SELECT m.meter_id, subject, bucket, sum(amount)
      FROM jsonb_to_recordset($1::text::jsonb)
             AS m(meter_id int4, key text, event text, filter jsonpath, sum jsonpath, account bool, period int4)
      CROSS JOIN LATERAL (
        SELECT CASE WHEN m.account THEN e.account_id ELSE e.user_id END AS subject,
               ingest.usage_bucket(m.period, e.occurred_at) AS bucket,
               ingest.metered(e.properties, m.filter, m.sum) AS amount
        FROM ingest.event e
        WHERE e.name = m.event AND e.verified AND e.meters_revision < $2::int4
          AND e.received_at >= $3::date::timestamp AT TIME ZONE 'UTC'
          AND e.received_at < ($3::date + 1)::timestamp AT TIME ZONE 'UTC'
      ) AS earlier
      WHERE subject IS NOT NULL AND amount IS NOT NULL
        AND (m.period <= 0 OR bucket > (now() AT TIME ZONE 'UTC')::date - m.period)
      GROUP BY m.meter_id, subject, bucket
      ON CONFLICT (meter_id, subject, bucket) DO UPDATE SET amount = a.amount + EXCLUDED.amount
      """;

  private static final String COUNTED_DAY =
      """
      UPDATE ingest.meter_backfill
      SET next_day = next_day + 1, days_done = days_done + 1,
          state = CASE WHEN next_day >= last_day THEN 'merging' ELSE state END
      WHERE meter_id = $1
      """;

  private static final String MERGE =
      """
      WITH part AS (
        DELETE FROM ingest.meter_backfill_amount a
        USING (SELECT meter_id, subject, bucket FROM ingest.meter_backfill_amount
               WHERE meter_id = $1 ORDER BY subject, bucket LIMIT $2) AS next
        WHERE (a.meter_id, a.subject, a.bucket) = (next.meter_id, next.subject, next.bucket)
        RETURNING a.*
      )
      INSERT INTO ingest.usage AS u (meter_id, subject, bucket, amount, changed_at)
      SELECT meter_id, subject, bucket, amount, ingest.usage_changed(bucket) FROM part
      ORDER BY meter_id, subject, bucket
      ON CONFLICT (meter_id, subject, bucket) DO UPDATE
        SET amount = u.amount + EXCLUDED.amount, changed_at = GREATEST(u.changed_at, EXCLUDED.changed_at)
      """;

  private static final String DONE =
      "UPDATE ingest.meter_backfill SET state = 'done' WHERE meter_id = $1";

  // Rows that a commit holds are left for the next time.
  private static final String PRUNE =
      """
      DELETE FROM ingest.usage WHERE ctid = ANY (ARRAY(
        SELECT u.ctid FROM ingest.meter m JOIN ingest.usage u USING (meter_id)
        WHERE m.period > 0 AND u.bucket > '-infinity' AND u.bucket <= (now() AT TIME ZONE 'UTC')::date - m.period
        LIMIT $1 FOR UPDATE OF u SKIP LOCKED))
      """;

  private static final String SETTLE =
      "UPDATE ingest.meter SET settled_after = pg_current_xact_id() WHERE retired AND settled_after IS NULL";

  private static final String EMPTY_RETIRED =
      """
      DELETE FROM ingest.usage WHERE ctid = ANY (ARRAY(
        SELECT u.ctid FROM ingest.meter m JOIN ingest.usage u USING (meter_id)
        WHERE m.retired AND m.settled_after < pg_snapshot_xmin(pg_current_snapshot())
        LIMIT $1 FOR UPDATE OF u SKIP LOCKED))
      """;

  private static final String FORGET_RETIRED =
      """
      DELETE FROM ingest.meter m
      WHERE m.retired AND m.settled_after < pg_snapshot_xmin(pg_current_snapshot())
        AND NOT EXISTS (SELECT FROM ingest.usage u WHERE u.meter_id = m.meter_id)
      """;

  private final Pool pool;

  public PgMeterUpkeep(Pool pool) {
    this.pool = pool;
  }

  /** What a step of a backfill did. */
  public enum Step {
    /** There is nothing to do, or another node does it. */
    IDLE,
    /** It waits for commits that are under way. */
    WAITING,
    /** It went on; there is more to do. */
    ADVANCED
  }

  /**
   * Does the next step of a backfill.
   *
   * @return fails with the error of PostgreSQL, and the step is not done
   */
  public Future<Step> backfill() {
    return pool.withTransaction(
        connection ->
            connection
                // A day may be long; nobody waits for it.
                .query("SET LOCAL statement_timeout = '30min'")
                .execute()
                .compose(set -> connection.query(CLAIM).execute())
                .compose(
                    rows ->
                        rows.size() == 0
                            ? Future.succeededFuture(Step.IDLE)
                            : step(connection, rows.iterator().next())));
  }

  private static Future<Step> step(SqlConnection connection, Row row) {
    int meterId = row.getInteger("meter_id");
    return switch (row.getString("state")) {
      case "waiting" -> {
        if (!row.getBoolean("numbered")) {
          yield run(connection, TAKE_NUMBER, Tuple.of(meterId)).map(Step.ADVANCED);
        }
        yield row.getBoolean("settled")
            ? run(connection, BEGIN, Tuple.of(meterId)).map(Step.ADVANCED)
            : Future.succeededFuture(Step.WAITING);
      }
      case "counting" ->
          run(connection, COUNT_DAY, day(row))
              .compose(counted -> run(connection, COUNTED_DAY, Tuple.of(meterId)))
              .map(Step.ADVANCED);
      default ->
          run(connection, MERGE, Tuple.of(meterId, ROWS))
              .compose(
                  merged ->
                      merged.rowCount() == 0
                          ? run(connection, DONE, Tuple.of(meterId))
                          : Future.succeededFuture(merged))
              .map(Step.ADVANCED);
    };
  }

  private static Tuple day(Row row) {
    Meter meter = PgMeterStore.definition(row.getString("key"), row.getString("definition"));
    int revision = row.getInteger("revision");
    MeterSet one = MeterSet.of(revision, List.of(new Counted(row.getInteger("meter_id"), meter)));
    return Tuple.of(one.parameter(), revision, row.getLocalDate("next_day"));
  }

  private static Future<RowSet<Row>> run(SqlConnection connection, String sql, Tuple parameters) {
    return connection.preparedQuery(sql).execute(parameters);
  }

  /**
   * Removes a part of what no meter counts by any more: days behind their window, counters of
   * retired meters.
   *
   * @return whether there may be more; fails with the error of PostgreSQL
   */
  public Future<Boolean> prune() {
    return pool.query(SETTLE)
        .execute()
        .compose(settled -> removed(PRUNE))
        .compose(days -> removed(EMPTY_RETIRED).map(retired -> days + retired))
        .compose(rows -> pool.query(FORGET_RETIRED).execute().map(forgotten -> rows > 0));
  }

  private Future<Integer> removed(String sql) {
    return pool.preparedQuery(sql).execute(Tuple.of(ROWS)).map(RowSet::rowCount);
  }
}
