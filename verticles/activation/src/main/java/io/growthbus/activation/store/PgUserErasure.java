package io.growthbus.activation.store;

import io.growthbus.activation.store.PromptStore.PromptOfUser;
import io.growthbus.shared.erasure.UserExport.Source;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

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
          Source.of("budget", "activation.budget", "t.user_id = $1", "t.user_id"));

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
   * Erases everything that is there now, in one transaction.
   *
   * @return the prompts that a page may be showing; fails with the error of PostgreSQL
   */
  public Future<List<PromptOfUser>> erase(String userId) {
    Tuple user = Tuple.of(userId);
    return pool.withTransaction(
        connection ->
            connection
                .preparedQuery(CROSSINGS)
                .execute(user)
                .compose(done -> connection.preparedQuery(BUDGET).execute(user))
                .compose(done -> connection.preparedQuery(PROMPTS).execute(user))
                .map(
                    rows -> {
                      List<PromptOfUser> open = new ArrayList<>();
                      rows.forEach(
                          row -> {
                            if (row.getBoolean("open")) {
                              open.add(new PromptOfUser(row.getUUID("prompt_id"), userId));
                            }
                          });
                      return open;
                    }));
  }
}
