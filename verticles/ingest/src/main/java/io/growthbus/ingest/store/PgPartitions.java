package io.growthbus.ingest.store;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Optional;

/** The partitions of events and ids; every method may be called by several nodes at once. */
public final class PgPartitions {
  private final Pool pool;

  public PgPartitions(Pool pool) {
    this.pool = pool;
  }

  /** The time now by the clock of PostgreSQL; fails with its error. */
  public Future<Instant> now() {
    return pool.query("SELECT now() AS now")
        .execute()
        .map(rows -> rows.iterator().next().getOffsetDateTime("now").toInstant());
  }

  /**
   * Adds what is missing for events that arrive on a day of UTC; fails with the error of
   * PostgreSQL.
   */
  public Future<Void> addDay(LocalDate day) {
    return call("SELECT ingest.add_day($1)::text AS name", day).mapEmpty();
  }

  /**
   * Drops the oldest day of events that lies before this one.
   *
   * @return its name, empty when there is none; fails with the error of PostgreSQL, also when
   *     readers keep it waiting
   */
  public Future<Optional<String>> dropDayBefore(LocalDate day) {
    return call("SELECT ingest.drop_day_before($1) AS name", day);
  }

  /**
   * Drops the oldest period of ids that can meet no repetition from this day on.
   *
   * @return as {@link #dropDayBefore}
   */
  public Future<Optional<String>> dropPeriodUnusedOn(LocalDate day) {
    return call("SELECT ingest.drop_period_unused_on($1) AS name", day);
  }

  private Future<Optional<String>> call(String sql, LocalDate day) {
    return pool.preparedQuery(sql).execute(Tuple.of(day)).map(PgPartitions::name);
  }

  private static Optional<String> name(RowSet<Row> rows) {
    return Optional.ofNullable(rows.iterator().next().getString("name"));
  }
}
