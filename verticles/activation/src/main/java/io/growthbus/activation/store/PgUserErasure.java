package io.growthbus.activation.store;

import io.growthbus.activation.store.PromptStore.PromptOfUser;
import io.growthbus.activation.store.RuleStore.Edit;
import io.growthbus.activation.store.RuleStore.Edited;
import io.growthbus.shared.audit.AuditLog;
import io.growthbus.shared.erasure.UserExport.Source;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.stream.StreamSupport;

/** Erases a user from the tables of activation, and says what is exported of them. */
public final class PgUserErasure {
  /** What of the room is shown to a user who asks. */
  public static final List<Source> SOURCES =
      List.of(
          Source.of(
              "crossing",
              "activation.crossing",
              "t.user_id = $1",
              "t.rule",
              "t.epoch::text",
              "t.period_start::text",
              "t.step_kind",
              "t.step_number::text"),
          Source.of("prompt", "activation.prompt", "t.user_id = $1", "t.prompt_id::text"),
          Source.of("budget", "activation.budget", "t.user_id = $1", "t.user_id"),
          new Source(
              "rule_audience",
              "t.key AS rule",
              "activation.rule t",
              // A document names the user only when it holds the id as a text of its own.
              "strpos(t.definition::text, to_json($1::text)::text) > 0",
              List.of("t.key"),
              List.of("text"),
              List.of("")));

  private static final String CROSSINGS = "DELETE FROM activation.crossing WHERE user_id = $1";

  private static final String BUDGET = "DELETE FROM activation.budget WHERE user_id = $1";

  private static final String PROMPTS =
      """
      DELETE FROM activation.prompt WHERE user_id = $1
      RETURNING prompt_id, state IN ('pending', 'shown') AS open
      """;

  private final Pool pool;

  public PgUserErasure(Pool pool) {
    this.pool = pool;
  }

  /**
   * What an erasure has done.
   *
   * @param open the prompts that a page may be showing
   * @param rules what came of taking the user out of the rules
   */
  public record Erased(List<PromptOfUser> open, Edited rules) {}

  /**
   * Erases everything that is there now, in one transaction.
   *
   * @return fails with the error of PostgreSQL
   */
  public Future<Erased> erase(String userId) {
    Edit edit = new Edit(AuditLog.ERASURE, null, now -> now.withoutUsers(userId::equals));
    Tuple user = Tuple.of(userId);
    return pool.withTransaction(
        connection ->
            PgRuleStore.change(connection, edit)
                .compose(
                    edited ->
                        connection
                            .preparedQuery(CROSSINGS)
                            .execute(user)
                            .compose(done -> connection.preparedQuery(BUDGET).execute(user))
                            .compose(done -> connection.preparedQuery(PROMPTS).execute(user))
                            .map(rows -> new Erased(open(rows, userId), edited))));
  }

  private static List<PromptOfUser> open(RowSet<Row> rows, String userId) {
    return StreamSupport.stream(rows.spliterator(), false)
        .filter(row -> row.getBoolean("open"))
        .map(row -> new PromptOfUser(row.getUUID("prompt_id"), userId))
        .toList();
  }
}
