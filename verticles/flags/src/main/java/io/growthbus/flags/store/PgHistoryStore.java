package io.growthbus.flags.store;

import io.growthbus.shared.config.FlagJson;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.flags.Targeting.Holdout;
import io.growthbus.shared.flags.Targeting.Segment;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What was in force when, in PostgreSQL; triggers write it. */
public final class PgHistoryStore implements HistoryStore {
  // Removals count for the revision, and for nothing else.
  private static final String AT =
      """
      SELECT b.began_at, h.kind, h.definition::text AS definition, h.source, h.valid_from, h.valid_to,
             coalesce(max(h.revision) OVER (), 0) AS revision
      FROM flags.history b
      LEFT JOIN flags.definition_history h
        ON h.valid_from <= to_timestamp($1::int8 / 1000.0)
        AND (h.valid_to IS NULL OR h.valid_to > to_timestamp($1::int8 / 1000.0))
      """;

  private static final String EXPIRE =
      """
      WITH bound AS (
        SELECT now() - $1::int8 * interval '1 millisecond' AS at
      ), began AS (
        UPDATE flags.history SET began_at = bound.at FROM bound WHERE began_at < bound.at
      )
      DELETE FROM flags.definition_history h USING bound
      WHERE h.valid_to < bound.at
         OR h.valid_to IS NULL AND h.definition IS NULL AND h.valid_from < bound.at
      """;

  private final Pool pool;

  public PgHistoryStore(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Future<Past> at(long atMs) {
    return pool.preparedQuery(AT).execute(Tuple.of(atMs)).map(PgHistoryStore::past);
  }

  @Override
  public Future<Void> expire(Duration retention) {
    return pool.preparedQuery(EXPIRE).execute(Tuple.of(retention.toMillis())).mapEmpty();
  }

  private static Past past(RowSet<Row> rows) {
    List<FlagDefinition> flags = new ArrayList<>();
    List<Segment> segments = new ArrayList<>();
    List<Holdout> holdouts = new ArrayList<>();
    Map<String, Period> periods = new HashMap<>();
    for (Row row : rows) {
      String definition = row.getString("definition");
      if (definition != null) {
        switch (row.getString("kind")) {
          case "segment" -> segments.add(FlagJson.read(definition, Segment.class));
          case "holdout" -> holdouts.add(FlagJson.read(definition, Holdout.class));
          default -> {
            Period period = period(row, FlagJson.read(definition, FlagDefinition.class));
            flags.add(period.definition());
            periods.put(period.definition().key(), period);
          }
        }
      }
    }
    Row first = rows.iterator().next();
    return new Past(
        PgTimes.millis(first, "began_at"),
        new FlagSnapshot(first.getLong("revision"), new Flags(flags, segments, holdouts)),
        periods);
  }

  private static Period period(Row row, FlagDefinition definition) {
    Long to = PgTimes.millisOrNull(row, "valid_to");
    return new Period(
        definition,
        row.getString("source"),
        PgTimes.millis(row, "valid_from"),
        to == null ? Long.MAX_VALUE : to);
  }
}
