package io.growthbus.ingest.store;

import io.growthbus.shared.message.MeterUsage;
import io.growthbus.shared.message.MeterUsages;
import io.growthbus.shared.message.ReadUsage;
import io.growthbus.shared.message.ReadUsages;
import io.growthbus.shared.message.UserSample;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Reads committed counters. */
final class PgMeterUsage {
  private static final String USAGE =
      """
      SELECT trim_scale(coalesce(sum(u.amount), 0))::text AS value,
             (extract(epoch FROM CASE m.period WHEN 0 THEN NULL WHEN -1 THEN date_trunc('month', today)
                                 ELSE today - (m.period - 1) * interval '1 day' END) * 1000)::int8 AS start_ms,
             (extract(epoch FROM CASE m.period WHEN -1 THEN date_trunc('month', today) + interval '1 month' END)
                * 1000)::int8 AS resets_ms
      FROM (SELECT date_trunc('day', now() AT TIME ZONE 'UTC') AS today) AS clock
      JOIN ingest.meter m ON m.key = $1 AND NOT m.retired AND m.subject = $3
      LEFT JOIN ingest.usage u
        ON u.meter_id = m.meter_id AND u.subject = $2 AND ingest.is_current(m.period, u.bucket)
      GROUP BY m.period, today
      """;

  private static final String USAGES =
      """
      SELECT m.key, trim_scale(coalesce(sum(u.amount), 0))::text AS value
      FROM (SELECT meter_id, key, period, CASE subject WHEN 'user' THEN $2::text ELSE $3::text END AS whose
            FROM ingest.meter WHERE key = ANY ($1) AND NOT retired) AS m
      LEFT JOIN ingest.usage u
        ON u.meter_id = m.meter_id AND u.subject = m.whose AND ingest.is_current(m.period, u.bucket)
      WHERE m.whose IS NOT NULL
      GROUP BY m.meter_id, m.key
      """;

  /** Counters and events that a sample of users is chosen from, so that it stays quick. */
  private static final int MOST_COUNTERS = 1_000_000;

  private static final int MOST_EVENTS = 100_000;

  // In the order of a hash: without regard to who they are, and the same ones again.
  private static final String SAMPLE =
      """
      WITH counters AS MATERIALIZED (
        SELECT subject FROM ingest.usage
        WHERE meter_id IN (SELECT meter_id FROM ingest.meter WHERE subject = 'user' AND NOT retired)
        LIMIT $2
      ), events AS MATERIALIZED (
        SELECT user_id FROM ingest.event WHERE user_id IS NOT NULL AND verified
        ORDER BY received_at DESC LIMIT $3
      ), users AS MATERIALIZED (
        SELECT subject FROM counters UNION SELECT user_id FROM events
      )
      SELECT subject, (SELECT count(*) FROM users) AS known,
             (SELECT count(*) FROM counters) = $2 OR (SELECT count(*) FROM events) = $3 AS more
      FROM users ORDER BY md5(subject) LIMIT $1
      """;

  private final Pool pool;

  PgMeterUsage(Pool pool) {
    this.pool = pool;
  }

  Future<Optional<MeterUsage>> one(ReadUsage question) {
    return pool.preparedQuery(USAGE)
        .execute(
            Tuple.of(question.key(), question.subject(), question.ofAccount() ? "account" : "user"))
        .map(
            rows -> {
              if (rows.size() == 0) {
                return Optional.empty();
              }
              Row row = rows.iterator().next();
              return Optional.of(
                  new MeterUsage(value(row), row.getLong("start_ms"), row.getLong("resets_ms")));
            });
  }

  Future<MeterUsages> several(ReadUsages question) {
    return pool.preparedQuery(USAGES)
        .execute(
            Tuple.tuple()
                .addArrayOfString(question.meters().toArray(String[]::new))
                .addString(question.userId())
                .addString(question.accountId()))
        .map(
            rows -> {
              Map<String, String> values = new TreeMap<>();
              rows.forEach(row -> values.put(row.getString("key"), value(row)));
              return new MeterUsages(values);
            });
  }

  Future<UserSample> sample(int most) {
    return pool.preparedQuery(SAMPLE)
        .execute(Tuple.of((long) most, (long) MOST_COUNTERS, (long) MOST_EVENTS))
        .map(
            rows -> {
              List<String> users = new ArrayList<>();
              long known = 0;
              boolean more = false;
              for (Row row : rows) {
                users.add(row.getString("subject"));
                known = row.getLong("known");
                more = row.getBoolean("more");
              }
              return new UserSample(users, known, more);
            });
  }

  private static String value(Row row) {
    return new BigDecimal(row.getString("value")).toPlainString();
  }
}
