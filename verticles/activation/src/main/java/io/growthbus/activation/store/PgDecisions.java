package io.growthbus.activation.store;

import io.growthbus.activation.core.Budget;
import io.growthbus.activation.core.Budget.Candidate;
import io.growthbus.activation.core.Budget.Decision;
import io.growthbus.activation.core.Budget.Granted;
import io.growthbus.activation.core.Suppression;
import io.growthbus.activation.store.PromptStore.Decided;
import io.growthbus.activation.store.PromptStore.Judged;
import io.growthbus.activation.store.PromptStore.ToDecide;
import io.growthbus.shared.config.PromptCaps;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Stores what is shown to people, one decision about a person after the other. */
final class PgDecisions {
  private static final String GRANT = "grant";
  private static final String HOLD = "hold";
  private static final String END = "end";

  private static final String LOCK =
      """
      INSERT INTO activation.budget (user_id)
      SELECT u.user_id FROM unnest($1::text[]) AS u(user_id)
      WHERE EXISTS (SELECT FROM activation.prompt p WHERE p.user_id = u.user_id)
      ORDER BY u.user_id
      ON CONFLICT (user_id) DO UPDATE SET decided_at = clock_timestamp()
      """;

  private static final String READ =
      """
      SELECT user_id, prompt_id, rule, epoch, priority, (extract(epoch FROM created_at) * 1000)::int8 AS created_ms,
             (extract(epoch FROM granted_at) * 1000)::int8 AS granted_ms,
             (extract(epoch FROM clock_timestamp()) * 1000)::int8 AS now_ms
      FROM activation.prompt
      WHERE user_id = ANY ($1) AND (granted_at IS NOT NULL OR state = 'pending' AND expires_at > clock_timestamp())
      """;

  // Locked in one order: two decisions about a user that meet must not wait for each other. What
  // was announced or shown is taken back; what was not is suppressed. What stays as it is is not
  // written.
  private static final String APPLY =
      """
      WITH decision AS (
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int8[]) AS d(prompt_id, what, code, until_ms)
      ), before AS MATERIALIZED (
        SELECT p.prompt_id, p.user_id, p.granted_at, p.state FROM activation.prompt p
        WHERE p.prompt_id IN (SELECT prompt_id FROM decision) AND p.state IN ('pending', 'shown')
        ORDER BY p.prompt_id FOR UPDATE
      ), changed AS (
        UPDATE activation.prompt p SET
          state = CASE WHEN d.what <> 'end' THEN p.state
                       WHEN b.granted_at IS NULL AND b.state = 'pending' THEN 'suppressed' ELSE 'retracted' END,
          suppression = CASE WHEN d.what = 'end' THEN d.code END,
          held = CASE WHEN d.what = 'hold' THEN d.code END,
          granted_at = CASE WHEN d.what = 'grant' THEN coalesce(p.granted_at, clock_timestamp()) ELSE p.granted_at END,
          handled_at = CASE WHEN d.what = 'end' THEN clock_timestamp() ELSE p.handled_at END,
          attempts = CASE WHEN d.until_ms > 0 THEN 0 ELSE p.attempts END,
          next_push_at = CASE WHEN d.what = 'end' THEN NULL
                              WHEN d.until_ms > 0 THEN to_timestamp(d.until_ms / 1000::float8)
                              ELSE p.next_push_at END
        FROM decision d JOIN before b USING (prompt_id)
        WHERE p.prompt_id = d.prompt_id
          AND (d.what = 'end' OR d.what = 'grant' AND p.granted_at IS NULL OR d.until_ms > 0
               OR p.held IS DISTINCT FROM CASE WHEN d.what = 'hold' THEN d.code END)
        RETURNING p.prompt_id, p.state
      )
      SELECT b.prompt_id, b.user_id, d.what, coalesce(c.state, b.state) AS state, b.granted_at IS NULL AS first
      FROM before b JOIN decision d USING (prompt_id) LEFT JOIN changed c USING (prompt_id)
      """;

  private final Pool pool;

  PgDecisions(Pool pool) {
    this.pool = pool;
  }

  Future<List<Decided>> decide(List<ToDecide> questions, PromptCaps caps) {
    if (caps.isNone()) {
      return apply(pool, questions, questions.stream().map(PgDecisions::uncapped).toList());
    }
    Tuple users =
        Tuple.tuple()
            .addArrayOfString(
                questions.stream()
                    .filter(question -> !question.judged().isEmpty())
                    .map(ToDecide::userId)
                    .toArray(String[]::new));
    return pool.withTransaction(
        connection ->
            connection
                .preparedQuery(LOCK)
                .execute(users)
                .compose(locked -> connection.preparedQuery(READ).execute(users))
                .compose(rows -> apply(connection, questions, capped(questions, rows, caps))));
  }

  private static Optional<List<Decision>> uncapped(ToDecide question) {
    return Optional.of(
        question.judged().stream()
            .map(one -> new Decision(one.promptId(), one.suppression(), 0))
            .toList());
  }

  private static List<Optional<List<Decision>>> capped(
      List<ToDecide> questions, RowSet<Row> rows, PromptCaps caps) {
    Map<String, List<Row>> byUser = new HashMap<>();
    rows.forEach(
        row ->
            byUser.computeIfAbsent(row.getString("user_id"), user -> new ArrayList<>()).add(row));
    return questions.stream()
        .map(question -> capped(question, byUser.getOrDefault(question.userId(), List.of()), caps))
        .toList();
  }

  /** Empty: there is a prompt that was not judged. */
  private static Optional<List<Decision>> capped(
      ToDecide question, List<Row> rows, PromptCaps caps) {
    Standing standing = Standing.of(question.judged(), rows);
    if (standing.unseen() && !standing.candidates().isEmpty() && !question.lastLook()) {
      return Optional.empty();
    }
    List<Decision> decisions =
        new ArrayList<>(
            Budget.decide(standing.candidates(), standing.granted(), caps, standing.nowMs()));
    for (Judged one : question.judged()) {
      // What was granted costs nothing more.
      if (one.suppression() != null || standing.free().contains(one.promptId())) {
        decisions.add(new Decision(one.promptId(), one.suppression(), 0));
      }
    }
    return Optional.of(decisions);
  }

  /**
   * How a person stands under the lock.
   *
   * @param candidates what may be shown and was not granted yet
   * @param granted what counts
   * @param free ids of what was granted
   * @param unseen whether something waits that was not judged
   * @param nowMs the time of the database
   */
  private record Standing(
      List<Candidate> candidates,
      List<Granted> granted,
      Set<UUID> free,
      boolean unseen,
      long nowMs) {

    static Standing of(List<Judged> judged, List<Row> rows) {
      Map<UUID, Judged> byId = new HashMap<>();
      judged.forEach(one -> byId.put(one.promptId(), one));
      List<Candidate> candidates = new ArrayList<>();
      List<Granted> granted = new ArrayList<>();
      Set<UUID> free = new HashSet<>();
      long now = 0;
      boolean unseen = false;
      for (Row row : rows) {
        UUID id = row.getUUID("prompt_id");
        Long grantedMs = row.getLong("granted_ms");
        Judged own = byId.get(id);
        now = row.getLong("now_ms");
        if (grantedMs != null) {
          granted.add(new Granted(row.getString("rule"), row.getInteger("epoch"), grantedMs));
          free.add(id);
        } else if (own == null) {
          unseen = true;
        } else if (own.suppression() == null) {
          candidates.add(candidate(row));
        }
      }
      return new Standing(candidates, granted, free, unseen, now);
    }

    private static Candidate candidate(Row row) {
      return new Candidate(
          row.getUUID("prompt_id"),
          row.getString("rule"),
          row.getInteger("epoch"),
          row.getInteger("priority"),
          row.getLong("created_ms"));
    }
  }

  /**
   * Stores decisions.
   *
   * @param decisions of each question; empty where it has to be asked again
   */
  private static Future<List<Decided>> apply(
      SqlClient client, List<ToDecide> questions, List<Optional<List<Decision>>> decisions) {
    List<Decision> all =
        decisions.stream().flatMap(Optional::stream).flatMap(List::stream).toList();
    Future<Map<String, Outcome>> applied =
        all.isEmpty()
            ? Future.succeededFuture(Map.of())
            : client.preparedQuery(APPLY).execute(parameters(all)).map(PgDecisions::outcomes);
    return applied.map(
        outcomes -> {
          List<Decided> answers = new ArrayList<>();
          for (int i = 0; i < questions.size(); i++) {
            answers.add(
                decisions.get(i).isEmpty()
                    ? Decided.LOOK_AGAIN
                    : outcomes.getOrDefault(questions.get(i).userId(), Outcome.NOTHING).decided());
          }
          return answers;
        });
  }

  private static Tuple parameters(List<Decision> all) {
    return Tuple.tuple()
        .addArrayOfUUID(all.stream().map(Decision::promptId).toArray(UUID[]::new))
        .addArrayOfString(all.stream().map(one -> what(one.suppression())).toArray(String[]::new))
        .addArrayOfString(
            all.stream()
                .map(one -> one.suppression() == null ? null : one.suppression().code())
                .toArray(String[]::new))
        .addArrayOfLong(all.stream().map(Decision::untilMs).toArray(Long[]::new));
  }

  private static String what(@Nullable Suppression suppression) {
    if (suppression == null) {
      return GRANT;
    }
    return suppression.ends() ? END : HOLD;
  }

  private static Map<String, Outcome> outcomes(RowSet<Row> rows) {
    Map<String, Outcome> byUser = new HashMap<>();
    rows.forEach(
        row -> byUser.computeIfAbsent(row.getString("user_id"), user -> new Outcome()).add(row));
    return byUser;
  }

  /** What became of the prompts of a user. */
  private static final class Outcome {
    private static final Outcome NOTHING = new Outcome();

    private final Set<UUID> granted = new HashSet<>();
    private final Set<UUID> first = new HashSet<>();
    private final Set<UUID> retracted = new HashSet<>();

    void add(Row row) {
      UUID id = row.getUUID("prompt_id");
      if (row.getString("what").equals(GRANT)) {
        granted.add(id);
        if (row.getBoolean("first")) {
          first.add(id);
        }
      } else if (row.getString("state").equals("retracted")) {
        retracted.add(id);
      }
    }

    Decided decided() {
      return new Decided(granted, first, retracted, false);
    }
  }
}
