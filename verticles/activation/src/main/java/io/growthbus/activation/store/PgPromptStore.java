package io.growthbus.activation.store;

import static java.util.stream.Collectors.groupingBy;

import io.growthbus.activation.core.Crossings.Reached;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.config.PromptCaps;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Crossings and prompts in PostgreSQL. */
public final class PgPromptStore implements PromptStore {
  /**
   * Settings of the connections: what changed since a moment is found by that moment, which the
   * plan has to know.
   */
  public static final Map<String, String> SESSION =
      Map.of("plan_cache_mode", "force_custom_plan", "jit", "off");

  static final String COLUMNS =
      """
      prompt_id, user_id, rule, meter, threshold, count, title, body, cta_label, cta_url, priority,
      (extract(epoch FROM expires_at) * 1000)::int8 AS expires_ms
      """;

  private static final String OPEN =
      "SELECT "
          + COLUMNS
          + """
          FROM activation.prompt
          WHERE user_id = ANY ($1) AND state IN ('pending', 'shown') AND expires_at > now()
          ORDER BY priority DESC, created_at, prompt_id
          """;

  // What was announced and is not shown; what is held back waits for a decision, not for a message.
  private static final String WAITING =
      """
      SELECT prompt_id, user_id FROM activation.prompt
      WHERE user_id = ANY ($1) AND state = 'pending' AND expires_at > now()
        AND granted_at <= clock_timestamp() - $2::int8 * interval '1 millisecond'
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
  private final PgCrossings crossings;
  private final PgDecisions decisions;
  private final PgAcknowledgements acknowledgements;

  public PgPromptStore(Pool pool) {
    this.pool = pool;
    this.crossings = new PgCrossings(pool);
    this.decisions = new PgDecisions(pool);
    this.acknowledgements = new PgAcknowledgements(pool);
  }

  @Override
  public Future<List<StoredPrompt>> cross(List<Reached> reached, Duration firstPush) {
    return crossings.cross(reached, firstPush);
  }

  @Override
  public Future<Missed> missed(
      List<Rule> rules, Duration safetyWindow, Duration pause, @Nullable Place from) {
    return crossings.missed(rules, safetyWindow, pause, from);
  }

  @Override
  public Future<Void> swept(OffsetDateTime asOf) {
    return crossings.swept(asOf);
  }

  @Override
  public Future<Map<String, List<StoredPrompt>>> open(List<String> userIds) {
    return pool.preparedQuery(OPEN)
        .execute(Tuple.tuple().addArrayOfString(userIds.toArray(String[]::new)))
        .map(rows -> prompts(rows).stream().collect(groupingBy(StoredPrompt::userId)));
  }

  @Override
  public Future<List<PromptOfUser>> waiting(List<String> userIds, Duration since) {
    return pool.preparedQuery(WAITING)
        .execute(
            Tuple.tuple()
                .addArrayOfString(userIds.toArray(String[]::new))
                .addLong(since.toMillis()))
        .map(PgPromptStore::ofUsers);
  }

  @Override
  public Future<List<Decided>> decide(List<ToDecide> questions, PromptCaps caps) {
    return decisions.decide(questions, caps);
  }

  @Override
  public Future<List<Optional<Acknowledged>>> acknowledge(List<Done> done) {
    return acknowledgements.note(done);
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
    return prompts(rows, row -> true);
  }

  static List<StoredPrompt> prompts(RowSet<Row> rows, Predicate<Row> wanted) {
    return StreamSupport.stream(rows.spliterator(), false)
        .filter(wanted)
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
