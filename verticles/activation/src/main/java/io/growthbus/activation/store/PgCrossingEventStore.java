package io.growthbus.activation.store;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.StreamSupport;

/** Crossings that are to be told, in PostgreSQL. */
public final class PgCrossingEventStore implements CrossingEventStore {
  private static final String CLAIM =
      """
      UPDATE activation.crossing c SET tell_after = clock_timestamp() + $2::int8 * interval '1 millisecond'
      FROM (
        SELECT user_id, rule, epoch, period_start, step_kind, step_number FROM activation.crossing
        WHERE tell_after <= clock_timestamp() ORDER BY tell_after LIMIT $1 FOR UPDATE SKIP LOCKED
      ) due
      WHERE (c.user_id, c.rule, c.epoch, c.period_start, c.step_kind, c.step_number)
            = (due.user_id, due.rule, due.epoch, due.period_start, due.step_kind, due.step_number)
      RETURNING c.rule, c.epoch, c.user_id, c.meter, c.threshold, c.at_count,
                (extract(epoch FROM c.crossed_at) * 1000)::int8 AS crossed_ms,
                CASE WHEN isfinite(c.period_start) THEN c.period_start::text END AS period_start,
                c.step_kind, c.step_number
      """;

  private static final String TOLD =
      """
      UPDATE activation.crossing c SET tell_after = NULL
      FROM unnest($1::text[], $2::text[], $3::int4[], $4::text[], $5::text[], $6::int8[])
        AS t(user_id, rule, epoch, period_start, step_kind, step_number)
      WHERE (c.user_id, c.rule, c.epoch, c.period_start, c.step_kind, c.step_number)
            = (t.user_id, t.rule, t.epoch, coalesce(t.period_start, '-infinity')::date, t.step_kind, t.step_number)
      """;

  private final Pool pool;

  public PgCrossingEventStore(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Future<List<Crossed>> claim(int most, Duration lease) {
    return pool.preparedQuery(CLAIM)
        .execute(Tuple.of(most, lease.toMillis()))
        .map(
            rows ->
                StreamSupport.stream(rows.spliterator(), false)
                    .map(PgCrossingEventStore::crossed)
                    .toList());
  }

  @Override
  public Future<Void> told(List<Crossed> crossings) {
    return pool.preparedQuery(TOLD)
        .execute(
            Tuple.tuple()
                .addArrayOfString(texts(crossings, Crossed::userId))
                .addArrayOfString(texts(crossings, Crossed::rule))
                .addArrayOfInteger(crossings.stream().map(Crossed::epoch).toArray(Integer[]::new))
                .addArrayOfString(texts(crossings, Crossed::periodStart))
                .addArrayOfString(texts(crossings, Crossed::step))
                .addArrayOfLong(crossings.stream().map(Crossed::stepNumber).toArray(Long[]::new)))
        .mapEmpty();
  }

  private static String[] texts(List<Crossed> crossings, Function<Crossed, String> field) {
    return crossings.stream().map(field).toArray(String[]::new);
  }

  private static Crossed crossed(Row row) {
    return new Crossed(
        row.getString("rule"),
        row.getInteger("epoch"),
        row.getString("user_id"),
        row.getString("meter"),
        row.getLong("threshold"),
        row.getLong("at_count"),
        row.getLong("crossed_ms"),
        row.getString("period_start"),
        row.getString("step_kind"),
        row.getLong("step_number"));
  }
}
