package io.growthbus.flags.store;

import io.growthbus.shared.message.FlagReport;
import io.growthbus.shared.message.FlagReport.StaleFlag;
import io.growthbus.shared.message.FlagReport.UnknownFlag;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How often flags are asked for, in PostgreSQL. */
public final class PgUsageStore implements UsageStore {
  // Sorted, so that nodes that store at the same moment never wait for each other in a circle.
  private static final String ADD =
      """
      INSERT INTO flags.usage AS u (kind, key, evaluations, by_client, by_server, last_evaluated_at)
      SELECT s.kind, s.key, s.evaluations, s.by_client, s.by_server, now()
      FROM unnest($1::text[], $2::text[], $3::int8[], $4::bool[], $5::bool[])
             AS s(kind, key, evaluations, by_client, by_server)
      WHERE s.kind <> 'unknown' OR NOT EXISTS (SELECT FROM flags.definition d WHERE d.key = s.key)
      ORDER BY s.kind, s.key
      ON CONFLICT (kind, key) DO UPDATE
        SET evaluations = u.evaluations + EXCLUDED.evaluations,
            by_client = u.by_client OR EXCLUDED.by_client,
            by_server = u.by_server OR EXCLUDED.by_server,
            last_evaluated_at = EXCLUDED.last_evaluated_at
      """;

  private static final String DROP =
      """
      DELETE FROM flags.usage u
      WHERE kind = 'unknown' AND (
              last_evaluated_at < now() - interval '30 days'
              OR EXISTS (SELECT FROM flags.definition d WHERE d.key = u.key)
              OR key IN (SELECT key FROM flags.usage WHERE kind = 'unknown'
                         ORDER BY evaluations DESC, last_evaluated_at DESC, key OFFSET 1000))
         OR kind = 'flag' AND last_evaluated_at < now() - interval '400 days'
            AND NOT EXISTS (SELECT FROM flags.definition d WHERE d.key = u.key)
      """;

  // A flag that browsers evaluate is seen only when they fetch the definitions.
  private static final String STALE =
      """
      SELECT r.revision, f.first_evaluated_at AS counted_since, f.last_evaluated_at AS fetched_at,
             d.key, d.surface, u.last_evaluated_at, d.updated_at
      FROM flags.revision r
      JOIN flags.usage f ON f.kind = 'fetch'
      LEFT JOIN flags.definition d
        ON d.updated_at < now() - $1::int8 * interval '1 day'
        AND f.first_evaluated_at < now() - $1::int8 * interval '1 day'
        AND NOT (d.surface = 'client'
                 AND coalesce(f.last_evaluated_at >= now() - $1::int8 * interval '1 day', false))
        AND NOT EXISTS (SELECT FROM flags.usage a WHERE a.kind = 'flag' AND a.key = d.key
                        AND a.last_evaluated_at >= now() - $1::int8 * interval '1 day')
      LEFT JOIN flags.usage u ON u.kind = 'flag' AND u.key = d.key
      ORDER BY d.key
      """;

  private static final String UNKNOWN =
      """
      SELECT u.key, u.evaluations, u.last_evaluated_at, u.by_client, u.by_server
      FROM flags.usage u
      WHERE u.kind = 'unknown' AND NOT EXISTS (SELECT FROM flags.definition d WHERE d.key = u.key)
      ORDER BY u.evaluations DESC, u.key LIMIT 1000
      """;

  private final Pool pool;

  public PgUsageStore(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Future<Void> add(List<Counted> counted) {
    Tuple parameters =
        Tuple.tuple()
            .addArrayOfString(
                counted.stream()
                    .map(c -> c.kind().name().toLowerCase(Locale.ROOT))
                    .toArray(String[]::new))
            .addArrayOfString(counted.stream().map(Counted::key).toArray(String[]::new))
            .addArrayOfLong(counted.stream().map(Counted::evaluations).toArray(Long[]::new))
            .addArrayOfBoolean(counted.stream().map(Counted::byClient).toArray(Boolean[]::new))
            .addArrayOfBoolean(counted.stream().map(Counted::byServer).toArray(Boolean[]::new));
    return pool.withTransaction(
        connection ->
            connection
                .preparedQuery(ADD)
                .execute(parameters)
                .compose(added -> connection.query(DROP).execute())
                .mapEmpty());
  }

  @Override
  public Future<FlagReport> report(int days) {
    Future<List<UnknownFlag>> unknown =
        pool.query(UNKNOWN)
            .execute()
            .map(
                rows -> {
                  List<UnknownFlag> keys = new ArrayList<>();
                  rows.forEach(row -> keys.add(unknown(row)));
                  return keys;
                });
    return pool.preparedQuery(STALE)
        .execute(Tuple.of((long) days))
        .compose(
            rows -> {
              List<StaleFlag> stale = new ArrayList<>();
              rows.forEach(
                  row -> {
                    if (row.getString("key") != null) {
                      stale.add(stale(row));
                    }
                  });
              Row first = rows.iterator().next();
              return unknown.map(
                  keys ->
                      new FlagReport(
                          first.getLong("revision"),
                          days,
                          PgTimes.millis(first, "counted_since"),
                          PgTimes.millisOrNull(first, "fetched_at"),
                          List.copyOf(stale),
                          List.copyOf(keys)));
            });
  }

  private static StaleFlag stale(Row row) {
    return new StaleFlag(
        row.getString("key"),
        row.getString("surface").equals("client"),
        PgTimes.millisOrNull(row, "last_evaluated_at"),
        PgTimes.millis(row, "updated_at"));
  }

  private static UnknownFlag unknown(Row row) {
    return new UnknownFlag(
        row.getString("key"),
        row.getLong("evaluations"),
        PgTimes.millis(row, "last_evaluated_at"),
        row.getBoolean("by_client"),
        row.getBoolean("by_server"));
  }
}
