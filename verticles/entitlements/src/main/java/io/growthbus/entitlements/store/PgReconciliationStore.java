package io.growthbus.entitlements.store;

import io.growthbus.shared.message.ReconciliationRun;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Comparisons with billing systems in PostgreSQL. */
public final class PgReconciliationStore implements ReconciliationStore {
  // One that said nothing for ten minutes has lost its node.
  private static final String BEGIN =
      """
      INSERT INTO entitlements.reconciliation (provider, night, started_at, seen_at)
      SELECT $1, $2, clock_timestamp(), clock_timestamp()
      WHERE NOT EXISTS (
        SELECT FROM entitlements.reconciliation
        WHERE provider = $1 AND finished_at IS NULL AND seen_at > clock_timestamp() - interval '10 minutes')
      ON CONFLICT (provider, night) DO UPDATE
        SET started_at = EXCLUDED.started_at, seen_at = EXCLUDED.seen_at, finished_at = NULL, failure = NULL,
            checked = 0, corrected = 0
        WHERE reconciliation.finished_at IS NULL OR reconciliation.failure IS NOT NULL
      RETURNING *
      """;

  private static final String PROGRESS =
      "UPDATE entitlements.reconciliation SET checked = $2, corrected = $3, seen_at = clock_timestamp() WHERE id = $1";

  private static final String END =
      """
      UPDATE entitlements.reconciliation
      SET checked = $2, corrected = $3, failure = $4, finished_at = clock_timestamp(), seen_at = clock_timestamp()
      WHERE id = $1
      """;

  private static final String LATEST =
      "SELECT * FROM entitlements.reconciliation ORDER BY id DESC LIMIT $1";

  private final Pool pool;

  public PgReconciliationStore(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Future<Long> now() {
    return pool.query("SELECT clock_timestamp() AS now")
        .execute()
        .map(rows -> rows.iterator().next().getOffsetDateTime("now").toInstant().toEpochMilli());
  }

  @Override
  public Future<Optional<ReconciliationRun>> begin(String provider, @Nullable LocalDate night) {
    // Two that begin at once would not see each other.
    return pool.withTransaction(
            connection ->
                connection
                    .preparedQuery("SELECT pg_advisory_xact_lock(hashtext($1))")
                    .execute(Tuple.of("entitlements.reconciliation " + provider))
                    .compose(
                        locked ->
                            connection.preparedQuery(BEGIN).execute(Tuple.of(provider, night))))
        .map(rows -> runs(rows).stream().findFirst());
  }

  @Override
  public Future<Void> progress(long id, int checked, int corrected) {
    return pool.preparedQuery(PROGRESS).execute(Tuple.of(id, checked, corrected)).mapEmpty();
  }

  @Override
  public Future<Void> end(long id, int checked, int corrected, @Nullable String failure) {
    return pool.preparedQuery(END).execute(Tuple.of(id, checked, corrected, failure)).mapEmpty();
  }

  @Override
  public Future<List<ReconciliationRun>> latest(int limit) {
    return pool.preparedQuery(LATEST).execute(Tuple.of(limit)).map(PgReconciliationStore::runs);
  }

  private static List<ReconciliationRun> runs(RowSet<Row> rows) {
    List<ReconciliationRun> runs = new ArrayList<>();
    for (Row row : rows) {
      OffsetDateTime finished = row.getOffsetDateTime("finished_at");
      runs.add(
          new ReconciliationRun(
              row.getLong("id"),
              row.getString("provider"),
              row.getOffsetDateTime("started_at").toInstant().toEpochMilli(),
              finished == null ? null : Long.valueOf(finished.toInstant().toEpochMilli()),
              row.getInteger("checked"),
              row.getInteger("corrected"),
              row.getString("failure")));
    }
    return List.copyOf(runs);
  }
}
