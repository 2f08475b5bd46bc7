package io.growthbus.activation.store;

import io.growthbus.activation.core.Crossings;
import io.growthbus.activation.core.Crossings.Reached;
import io.growthbus.activation.core.PromptState;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.message.AcknowledgePrompt.Action;
import io.growthbus.shared.message.MeterReading;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Crossings and prompts in PostgreSQL. */
public final class PgPromptStore implements PromptStore {
  private static final String COLUMNS =
      """
      prompt_id, user_id, rule, meter, threshold, count, title, body, cta_label, cta_url, priority,
      (extract(epoch FROM expires_at) * 1000)::int8 AS expires_ms
      """;

  private static final String CROSS =
      """
      WITH input AS (
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int8[], $5::int8[], $6::text[], $7::text[],
                             $8::text[], $9::text[], $10::int4[], $11::int8[])
          AS i(rule, user_id, meter, threshold, count, title, body, cta_label, cta_url, priority, expires_after_ms)
      ), crossed AS (
        INSERT INTO activation.crossing (rule, user_id, meter, threshold, at_count)
        SELECT rule, user_id, meter, threshold, count FROM input ORDER BY rule, user_id
        ON CONFLICT (rule, epoch, user_id) DO NOTHING
        RETURNING rule, epoch, user_id
      )
      INSERT INTO activation.prompt (prompt_id, rule, epoch, user_id, meter, threshold, count, title, body,
                                     cta_label, cta_url, priority, next_push_at, expires_at)
      SELECT gen_random_uuid(), rule, c.epoch, user_id, i.meter, i.threshold, i.count, i.title, i.body,
             i.cta_label, i.cta_url, i.priority, clock_timestamp() + $12::int8 * interval '1 millisecond',
             clock_timestamp() + i.expires_after_ms * interval '1 millisecond'
      FROM input i JOIN crossed c USING (rule, user_id)
      ORDER BY rule, user_id
      RETURNING
      """
          + COLUMNS;

  /** Counters that one look finds at most. */
  private static final int PAGE = 1_000;

  // One row at least, so that the moment of the look comes back even when nothing was missed. The
  // changes are found by their time, which may be noted as up to ten seconds earlier; the value is
  // that of the period that is now, whatever part of it has changed. OFFSET 0 keeps it a look-up
  // per change: without it the values of everybody are worked out first.
  private static final String MISSED =
      """
      SELECT now() AS as_of, m.user_id, m.meter, m.count, m.changed_at
      FROM (SELECT 1) AS one
      LEFT JOIN (
        SELECT u.subject AS user_id, u.meter, v.count, u.changed_at
        FROM growth.usage u
        CROSS JOIN LATERAL (
          SELECT k.count FROM growth.usage_counter k WHERE k.user_id = u.subject AND k.meter = u.meter OFFSET 0
        ) AS v
        WHERE u.subject_kind = 'user' AND u.is_current AND u.meter = ANY ($2::text[])
          AND u.changed_at >= coalesce($5::timestamptz, (SELECT swept_until FROM activation.sweep_cursor)
                                                          - interval '10 seconds' - $4::int8 * interval '1 millisecond')
          AND EXISTS (
            SELECT FROM unnest($1::text[], $2::text[], $3::int8[]) AS r(rule, meter, threshold)
            WHERE r.meter = u.meter AND v.count >= r.threshold
              AND NOT EXISTS (SELECT FROM activation.crossing c WHERE c.rule = r.rule AND c.user_id = u.subject))
        ORDER BY u.changed_at LIMIT $6
      ) AS m ON true
      ORDER BY m.changed_at
      """;

  private static final String SWEPT =
      "UPDATE activation.sweep_cursor SET swept_until = $1 WHERE swept_until < $1";

  private static final String OPEN =
      "SELECT "
          + COLUMNS
          + """
          FROM activation.prompt
          WHERE user_id = $1 AND state IN ('pending', 'shown') AND expires_at > now()
          ORDER BY priority DESC, created_at, prompt_id
          """;

  private static final String SUPPRESS =
      """
      UPDATE activation.prompt SET state = 'suppressed', suppression = $2, handled_at = now(), next_push_at = NULL
      WHERE prompt_id = $1 AND state = 'pending'
      """;

  // Locked in one order: two retractions of a user that meet must not wait for each other.
  private static final String RETRACT =
      """
      WITH open AS MATERIALIZED (
        SELECT prompt_id FROM activation.prompt
        WHERE user_id = $1 AND state IN ('pending', 'shown')
        ORDER BY prompt_id FOR UPDATE
      )
      UPDATE activation.prompt p SET state = 'retracted', handled_at = now(), next_push_at = NULL
      FROM open WHERE p.prompt_id = open.prompt_id
      RETURNING p.prompt_id, p.user_id
      """;

  private static final String LOCK_ONE =
      "SELECT state FROM activation.prompt WHERE prompt_id = $1 AND user_id = $2 FOR UPDATE";

  private static final String ACKNOWLEDGE =
      """
      UPDATE activation.prompt
      SET state = $2, next_push_at = NULL,
          shown_at = coalesce(shown_at, now()),
          handled_at = CASE WHEN $2 = 'shown' THEN handled_at ELSE now() END
      WHERE prompt_id = $1
      """;

  // The distance between announcements grows; after the sixth only the page itself asks.
  private static final String CLAIM =
      """
      UPDATE activation.prompt p
      SET attempts = p.attempts + 1,
          next_push_at = CASE WHEN p.attempts >= 5 THEN NULL
                              ELSE clock_timestamp() + interval '10 seconds' * power(4, p.attempts) END
      FROM (
        SELECT prompt_id FROM activation.prompt
        WHERE state = 'pending' AND next_push_at <= now() AND expires_at > now()
        ORDER BY next_push_at LIMIT $1 FOR UPDATE SKIP LOCKED
      ) due
      WHERE p.prompt_id = due.prompt_id
      RETURNING p.prompt_id, p.user_id, p.rule, p.meter, p.threshold, p.count, p.title, p.body, p.cta_label,
                p.cta_url, p.priority, (extract(epoch FROM p.expires_at) * 1000)::int8 AS expires_ms
      """;

  // A prompt that somebody else is dealing with is skipped; the next sweep looks at it again.
  private static final String EXPIRE =
      """
      WITH old AS MATERIALIZED (
        SELECT prompt_id FROM activation.prompt
        WHERE state IN ('pending', 'shown') AND expires_at <= now()
        FOR UPDATE SKIP LOCKED
      )
      UPDATE activation.prompt p SET state = 'expired', handled_at = now(), next_push_at = NULL
      FROM old WHERE p.prompt_id = old.prompt_id
      RETURNING p.prompt_id, p.user_id
      """;

  private final Pool pool;

  public PgPromptStore(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Future<List<StoredPrompt>> cross(List<Reached> reached, Duration firstPush) {
    return pool.preparedQuery(CROSS)
        .execute(parameters(reached).addLong(firstPush.toMillis()))
        .map(PgPromptStore::prompts);
  }

  private static Tuple parameters(List<Reached> reached) {
    return Tuple.tuple()
        .addArrayOfString(texts(reached, r -> r.rule().key()))
        .addArrayOfString(texts(reached, Reached::userId))
        .addArrayOfString(texts(reached, r -> r.rule().meter()))
        .addArrayOfLong(reached.stream().map(r -> Crossings.lowest(r.rule())).toArray(Long[]::new))
        .addArrayOfLong(reached.stream().map(Reached::count).toArray(Long[]::new))
        .addArrayOfString(texts(reached, r -> r.rule().title()))
        .addArrayOfString(texts(reached, r -> r.rule().body()))
        .addArrayOfString(texts(reached, r -> r.rule().ctaLabel()))
        .addArrayOfString(texts(reached, r -> r.rule().ctaUrl()))
        .addArrayOfInteger(reached.stream().map(r -> r.rule().priority()).toArray(Integer[]::new))
        .addArrayOfLong(
            reached.stream().map(r -> r.rule().expiresAfter().toMillis()).toArray(Long[]::new));
  }

  private static <T> String[] texts(List<T> values, Function<T, String> field) {
    return values.stream().map(field).toArray(String[]::new);
  }

  @Override
  public Future<Missed> missed(
      List<Rule> rules, Duration safetyWindow, @Nullable OffsetDateTime from) {
    Tuple parameters =
        Tuple.tuple()
            .addArrayOfString(texts(rules, Rule::key))
            .addArrayOfString(texts(rules, Rule::meter))
            .addArrayOfLong(rules.stream().map(Crossings::lowest).toArray(Long[]::new))
            .addLong(safetyWindow.toMillis())
            .addOffsetDateTime(from)
            .addInteger(PAGE);
    return pool.preparedQuery(MISSED).execute(parameters).map(PgPromptStore::missed);
  }

  private static Missed missed(RowSet<Row> rows) {
    List<MeterReading> readings =
        StreamSupport.stream(rows.spliterator(), false)
            .filter(row -> row.getString("user_id") != null)
            .map(
                row ->
                    new MeterReading(
                        row.getString("user_id"), row.getString("meter"), row.getLong("count")))
            .toList();
    OffsetDateTime next = null;
    for (Row row : rows) {
      next = row.getOffsetDateTime("changed_at");
    }
    return new Missed(
        readings,
        rows.iterator().next().getOffsetDateTime("as_of"),
        readings.size() < PAGE ? null : next);
  }

  @Override
  public Future<Void> swept(OffsetDateTime asOf) {
    return pool.preparedQuery(SWEPT).execute(Tuple.of(asOf)).mapEmpty();
  }

  @Override
  public Future<List<StoredPrompt>> open(String userId) {
    return pool.preparedQuery(OPEN).execute(Tuple.of(userId)).map(PgPromptStore::prompts);
  }

  @Override
  public Future<Void> suppress(UUID promptId, String code) {
    return pool.preparedQuery(SUPPRESS).execute(Tuple.of(promptId, code)).mapEmpty();
  }

  @Override
  public Future<List<PromptOfUser>> retract(String userId) {
    return pool.preparedQuery(RETRACT).execute(Tuple.of(userId)).map(PgPromptStore::ofUsers);
  }

  @Override
  public Future<Optional<Acknowledged>> acknowledge(String userId, UUID promptId, Action action) {
    return pool.withTransaction(
        connection ->
            connection
                .preparedQuery(LOCK_ONE)
                .execute(Tuple.of(promptId, userId))
                .compose(
                    rows ->
                        rows.size() == 0
                            ? Future.succeededFuture(Optional.empty())
                            : move(connection, promptId, rows.iterator().next(), action)));
  }

  private static Future<Optional<Acknowledged>> move(
      SqlConnection connection, UUID promptId, Row row, Action action) {
    PromptState before = PromptState.valueOf(row.getString(0).toUpperCase(Locale.ROOT));
    PromptState after = before.after(action);
    if (after == before) {
      return Future.succeededFuture(Optional.of(new Acknowledged(after, false)));
    }
    return connection
        .preparedQuery(ACKNOWLEDGE)
        .execute(Tuple.of(promptId, after.name().toLowerCase(Locale.ROOT)))
        .map(Optional.of(new Acknowledged(after, true)));
  }

  @Override
  public Future<List<StoredPrompt>> claimDue(int most) {
    return pool.preparedQuery(CLAIM).execute(Tuple.of(most)).map(PgPromptStore::prompts);
  }

  @Override
  public Future<List<PromptOfUser>> expire() {
    return pool.query(EXPIRE).execute().map(PgPromptStore::ofUsers);
  }

  @Override
  public Future<Optional<Story>> story(String userId, String rule) {
    return PgPromptStory.read(pool, userId, rule);
  }

  @Override
  public Future<Void> close() {
    return pool.close();
  }

  static List<PromptOfUser> ofUsers(RowSet<Row> rows) {
    return StreamSupport.stream(rows.spliterator(), false)
        .map(row -> new PromptOfUser(row.getUUID("prompt_id"), row.getString("user_id")))
        .toList();
  }

  private static List<StoredPrompt> prompts(RowSet<Row> rows) {
    return StreamSupport.stream(rows.spliterator(), false)
        .map(
            row ->
                new StoredPrompt(
                    row.getUUID("prompt_id"),
                    row.getString("user_id"),
                    row.getString("rule"),
                    row.getString("meter"),
                    row.getLong("threshold"),
                    row.getLong("count"),
                    row.getString("title"),
                    row.getString("body"),
                    row.getString("cta_label"),
                    row.getString("cta_url"),
                    row.getInteger("priority"),
                    row.getLong("expires_ms")))
        .toList();
  }
}
