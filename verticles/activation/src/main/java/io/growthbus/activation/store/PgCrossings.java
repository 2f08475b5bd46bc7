package io.growthbus.activation.store;

import io.growthbus.activation.core.Crossings.Reached;
import io.growthbus.activation.core.Step;
import io.growthbus.activation.store.PromptStore.Missed;
import io.growthbus.activation.store.PromptStore.Place;
import io.growthbus.activation.store.PromptStore.StoredPrompt;
import io.growthbus.shared.config.GrowthConfig.Rearm;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.config.Threshold;
import io.growthbus.shared.message.MeterReading;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Crossings in PostgreSQL, and the counters from which they are made. */
final class PgCrossings {
  /** Counters that one look finds at most. */
  private static final int PAGE = 1_000;

  // A step that is not higher than one which is crossed already is none to cross: the numbers of
  // the rule were changed since. Of what is new the highest is prompted.
  private static final String CROSS =
      """
      WITH input AS (
        SELECT rule, epoch, user_id, CASE WHEN period_start IS NULL THEN DATE '-infinity' ELSE period_start END AS period_start,
               step_kind, step_number, step_value, threshold, count, fresh, meter, title, body, cta_label, cta_url,
               priority, expires_after_ms
        FROM unnest($1::text[], $2::int4[], $3::text[], $4::date[], $5::text[], $6::int8[], $7::int8[], $8::int8[],
                    $9::int8[], $10::bool[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[],
                    $16::int4[], $17::int8[])
          AS i(rule, epoch, user_id, period_start, step_kind, step_number, step_value, threshold, count, fresh, meter,
               title, body, cta_label, cta_url, priority, expires_after_ms)
      ), crossed AS (
        INSERT INTO activation.crossing (user_id, rule, epoch, period_start, step_kind, step_number, step_value, meter,
                                         threshold, at_count)
        SELECT user_id, rule, epoch, period_start, step_kind, step_number, step_value, meter, threshold, count
        FROM input i
        WHERE NOT EXISTS (
          SELECT FROM activation.crossing c
          WHERE (c.user_id, c.rule, c.epoch, c.period_start, c.step_kind)
                = (i.user_id, i.rule, i.epoch, i.period_start, i.step_kind)
            AND c.step_value >= i.step_value)
        ORDER BY user_id, rule, epoch, period_start, step_kind, step_number
        ON CONFLICT (user_id, rule, epoch, period_start, step_kind, step_number) DO NOTHING
        RETURNING user_id, rule, epoch, period_start, step_kind, step_number
      ), ranked AS (
        SELECT i.*, row_number() OVER (
                 PARTITION BY user_id, rule, epoch, period_start ORDER BY threshold DESC, step_kind, step_number DESC) AS place
        FROM input i JOIN crossed c USING (user_id, rule, epoch, period_start, step_kind, step_number)
      )
      INSERT INTO activation.prompt (prompt_id, rule, epoch, user_id, period_start, step_kind, step_number, meter,
                                     threshold, count, title, body, cta_label, cta_url, priority, state, suppression,
                                     handled_at, next_push_at, expires_at)
      SELECT gen_random_uuid(), rule, epoch, user_id, period_start, step_kind, step_number, meter, threshold, count, title,
             body, cta_label, cta_url, priority,
             CASE WHEN place = 1 AND fresh THEN 'pending' ELSE 'suppressed' END,
             CASE WHEN place > 1 THEN 'lower_step' WHEN NOT fresh THEN 'not_fresh' END,
             CASE WHEN place = 1 AND fresh THEN NULL ELSE clock_timestamp() END,
             CASE WHEN place = 1 AND fresh THEN clock_timestamp() + $18::int8 * interval '1 millisecond' END,
             clock_timestamp() + expires_after_ms * interval '1 millisecond'
      FROM ranked
      ORDER BY user_id, rule, epoch, period_start, step_kind, step_number
      RETURNING state,
      """
          + PgPromptStore.COLUMNS;

  private static final String CURSOR =
      """
      SELECT clock_timestamp() AS as_of, swept_until - interval '10 seconds' - $1::int8 * interval '1 millisecond' AS since,
             swept_until,
             swept_until BETWEEN clock_timestamp() - $2::int8 * interval '1 millisecond' AND clock_timestamp() AS is_swept
      FROM activation.sweep_cursor
      """;

  // Changes are found by their time, which may be noted as up to ten seconds earlier and is the
  // same for many. Only over the last days a change is not the count itself. A month that has ended
  // is
  // looked at too, one that has not begun is not.
  static final String MISSED =
      """
      SELECT u.subject AS user_id, u.meter, v.count, u.changed_at, coalesce(u.period_start, DATE '-infinity') AS bucket,
             (extract(epoch FROM u.rearmed_on) * 1000)::int8 AS since_ms,
             (extract(epoch FROM coalesce(u.occurred_at, u.changed_at)) * 1000)::int8 AS occurred_ms
      FROM growth.usage u
      JOIN unnest($1::text[], $2::int8[]) AS m(meter, lowest) ON m.meter = u.meter
      CROSS JOIN LATERAL (
        SELECT CASE WHEN u.period IN ('lifetime', 'month') THEN LEAST(floor(u.value), 9223372036854775807)::int8
                    ELSE (SELECT k.count FROM growth.usage_counter k WHERE k.user_id = u.subject AND k.meter = u.meter) END
               AS count OFFSET 0
      ) AS v
      WHERE u.changed_at >= $3::timestamptz AND u.subject_kind = 'user'
        AND (u.changed_at, u.subject, u.meter, coalesce(u.period_start, DATE '-infinity'))
            > ($3::timestamptz, $4::text, $5::text, coalesce($6::date, DATE '-infinity'))
        AND (u.is_current OR u.period = 'month' AND u.period_start <= (now() AT TIME ZONE 'UTC')::date)
        AND v.count >= m.lowest
        AND EXISTS (
          SELECT FROM unnest($7::text[], $8::int4[], $9::text[], $10::bool[], $11::text[], $12::int8[], $13::int8[])
                   AS s(rule, epoch, meter, once, kind, number, lowest)
          WHERE s.meter = u.meter AND v.count >= s.lowest
            AND NOT EXISTS (
              SELECT FROM activation.crossing c
              WHERE c.user_id = u.subject AND c.rule = s.rule AND c.epoch = s.epoch
                AND c.period_start = CASE WHEN s.once THEN DATE '-infinity' ELSE coalesce(u.rearmed_on, DATE '-infinity') END
                AND c.step_kind = s.kind
                AND c.step_number = CASE WHEN s.kind = 'every' THEN v.count / s.lowest ELSE s.number END))
      ORDER BY u.changed_at, u.subject, u.meter, bucket
      LIMIT $14
      """;

  private static final String SWEPT =
      "UPDATE activation.sweep_cursor SET swept_until = $1 WHERE swept_until < $1";

  /** One step of what was reached. */
  private record Line(Reached reached, Step step) {
    Rule rule() {
      return reached.rule();
    }
  }

  private final Pool pool;

  PgCrossings(Pool pool) {
    this.pool = pool;
  }

  Future<List<StoredPrompt>> cross(List<Reached> reached, Duration firstPush) {
    List<Line> lines =
        reached.stream()
            .flatMap(one -> one.steps().stream().map(step -> new Line(one, step)))
            .toList();
    return pool.preparedQuery(CROSS)
        .execute(parameters(lines).addLong(firstPush.toMillis()))
        .map(rows -> PgPromptStore.prompts(rows, row -> row.getString("state").equals("pending")));
  }

  private static Tuple parameters(List<Line> lines) {
    return Tuple.tuple()
        .addArrayOfString(texts(lines, line -> line.rule().key()))
        .addArrayOfInteger(numbers(lines, line -> line.rule().epoch()))
        .addArrayOfString(texts(lines, line -> line.reached().userId()))
        .addArrayOfLocalDate(
            lines.stream().map(line -> line.reached().period()).toArray(LocalDate[]::new))
        .addArrayOfString(texts(lines, line -> line.step().kind().word()))
        .addArrayOfLong(longs(lines, line -> line.step().number()))
        .addArrayOfLong(longs(lines, line -> line.step().value()))
        .addArrayOfLong(longs(lines, line -> line.step().threshold()))
        .addArrayOfLong(longs(lines, line -> line.reached().count()))
        .addArrayOfBoolean(
            lines.stream().map(line -> line.reached().fresh()).toArray(Boolean[]::new))
        .addArrayOfString(texts(lines, line -> line.rule().meter()))
        .addArrayOfString(texts(lines, line -> line.rule().title()))
        .addArrayOfString(texts(lines, line -> line.rule().body()))
        .addArrayOfString(texts(lines, line -> line.rule().ctaLabel()))
        .addArrayOfString(texts(lines, line -> line.rule().ctaUrl()))
        .addArrayOfInteger(numbers(lines, line -> line.rule().priority()))
        .addArrayOfLong(longs(lines, line -> line.rule().expiresAfter().toMillis()));
  }

  private static <T> String[] texts(List<T> values, Function<T, String> field) {
    return values.stream().map(field).toArray(String[]::new);
  }

  private static <T> Long[] longs(List<T> values, Function<T, Long> field) {
    return values.stream().map(field).toArray(Long[]::new);
  }

  private static <T> Integer[] numbers(List<T> values, Function<T, Integer> field) {
    return values.stream().map(field).toArray(Integer[]::new);
  }

  Future<Missed> missed(
      List<Rule> rules, Duration safetyWindow, Duration pause, @Nullable Place from) {
    if (from != null) {
      return look(rules, from, from.asOf());
    }
    return pool.preparedQuery(CURSOR)
        .execute(Tuple.of(safetyWindow.toMillis(), pause.toMillis()))
        .map(rows -> rows.iterator().next())
        .compose(
            row -> {
              if (row.getBoolean("is_swept")) {
                return Future.succeededFuture(
                    new Missed(List.of(), row.getOffsetDateTime("swept_until"), null));
              }
              OffsetDateTime asOf = row.getOffsetDateTime("as_of");
              return look(
                  rules, new Place(asOf, row.getOffsetDateTime("since"), "", "", null), asOf);
            });
  }

  private Future<Missed> look(List<Rule> rules, Place from, OffsetDateTime asOf) {
    if (rules.isEmpty()) {
      return Future.succeededFuture(new Missed(List.of(), asOf, null));
    }
    return pool.preparedQuery(MISSED)
        .execute(question(rules, from))
        .map(rows -> missed(rows, asOf));
  }

  /** A step that every user may reach, as the look for missed ones wants it. */
  private record Wanted(Rule rule, Step.Kind kind, long number, long lowest) {
    static List<Wanted> of(Rule rule) {
      List<Wanted> wanted = new ArrayList<>();
      int counts = 0;
      int parts = 0;
      for (Threshold threshold : rule.thresholds()) {
        long lowest = Step.lowest(List.of(threshold));
        if (threshold instanceof Threshold.Count) {
          wanted.add(new Wanted(rule, Step.Kind.COUNT, ++counts, lowest));
        } else if (threshold instanceof Threshold.OfLimit) {
          wanted.add(new Wanted(rule, Step.Kind.PERCENT, ++parts, lowest));
        } else {
          wanted.add(new Wanted(rule, Step.Kind.EVERY, 1, lowest));
        }
      }
      return wanted;
    }
  }

  /** The parameters of {@link #MISSED}. */
  static Tuple question(List<Rule> rules, Place from) {
    Map<String, Long> lowest = new TreeMap<>();
    rules.forEach(rule -> lowest.merge(rule.meter(), Step.lowest(rule.thresholds()), Math::min));
    List<Wanted> wanted = rules.stream().flatMap(rule -> Wanted.of(rule).stream()).toList();
    return Tuple.tuple()
        .addArrayOfString(lowest.keySet().toArray(String[]::new))
        .addArrayOfLong(lowest.values().toArray(Long[]::new))
        .addOffsetDateTime(from.changedAt())
        .addString(from.userId())
        .addString(from.meter())
        .addLocalDate(from.bucket())
        .addArrayOfString(texts(wanted, step -> step.rule().key()))
        .addArrayOfInteger(numbers(wanted, step -> step.rule().epoch()))
        .addArrayOfString(texts(wanted, step -> step.rule().meter()))
        .addArrayOfBoolean(
            wanted.stream().map(step -> step.rule().rearm() == Rearm.NEVER).toArray(Boolean[]::new))
        .addArrayOfString(texts(wanted, step -> step.kind().word()))
        .addArrayOfLong(longs(wanted, Wanted::number))
        .addArrayOfLong(longs(wanted, Wanted::lowest))
        .addInteger(PAGE);
  }

  private static Missed missed(RowSet<Row> rows, OffsetDateTime asOf) {
    List<MeterReading> readings = new ArrayList<>();
    Place next = null;
    for (Row row : rows) {
      String user = row.getString("user_id");
      String meter = row.getString("meter");
      Long since = row.getLong("since_ms");
      readings.add(
          new MeterReading(user, meter, row.getLong("count"), since, row.getLong("occurred_ms")));
      next =
          new Place(
              asOf,
              row.getOffsetDateTime("changed_at"),
              user,
              meter,
              since == null ? null : row.getLocalDate("bucket"));
    }
    return new Missed(readings, asOf, readings.size() < PAGE ? null : next);
  }

  Future<Void> swept(OffsetDateTime asOf) {
    return pool.preparedQuery(SWEPT).execute(Tuple.of(asOf)).mapEmpty();
  }
}
