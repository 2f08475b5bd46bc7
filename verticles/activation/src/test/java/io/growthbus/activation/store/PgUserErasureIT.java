package io.growthbus.activation.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.activation.TestDatabase;
import io.growthbus.activation.core.Crossings.Reached;
import io.growthbus.activation.store.PromptStore.Judged;
import io.growthbus.activation.store.PromptStore.PromptOfUser;
import io.growthbus.activation.store.PromptStore.ToDecide;
import io.growthbus.shared.config.PromptCaps;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PgUserErasureIT {
  private static final PromptCaps ONE_A_DAY = new PromptCaps(null, 1, Duration.ZERO);

  private final TestDatabase database = new TestDatabase();
  private final Vertx vertx = Vertx.vertx();
  private final Pool pool = Postgres.pool(vertx, database.settings(), "activation", 2);
  private final PgPromptStore store = new PgPromptStore(pool);

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  private UUID granted(String user) {
    Reached reached = PromptStoreContract.reached(PromptStoreContract.PROJECTS, user, 3);
    UUID prompt =
        Await.result(store.cross(List.of(reached), Duration.ofMinutes(1))).get(0).promptId();
    Await.result(
        store
            .decide(List.of(new ToDecide(user, List.of(new Judged(prompt, null)), true)), ONE_A_DAY)
            .map(each -> each.get(0)));
    return prompt;
  }

  private String rowsOf(String user) throws SQLException {
    return database.value(
        """
        SELECT concat_ws(' ', (SELECT count(*) FROM activation.crossing WHERE user_id = '%1$s'),
                         (SELECT count(*) FROM activation.prompt WHERE user_id = '%1$s'),
                         (SELECT count(*) FROM activation.budget WHERE user_id = '%1$s'))
        """
            .formatted(user));
  }

  @Test
  void an_erased_user_is_in_no_table_and_others_stay() throws SQLException {
    UUID prompt = granted("ada");
    granted("grace");
    assertThat(rowsOf("ada")).isEqualTo("1 1 1");

    assertThat(Await.result(new PgUserErasure(pool).erase("ada")).open())
        .containsExactly(new PromptOfUser(prompt, "ada"));

    assertThat(rowsOf("ada")).isEqualTo("0 0 0");
    assertThat(rowsOf("grace")).isEqualTo("1 1 1");
  }

  @Test
  void a_decision_that_comes_after_the_erasure_leaves_no_trace() throws SQLException {
    UUID prompt = granted("ada");
    Await.result(new PgUserErasure(pool).erase("ada"));
    Await.result(
        store
            .decide(
                List.of(new ToDecide("ada", List.of(new Judged(prompt, null)), true)), ONE_A_DAY)
            .map(each -> each.get(0)));

    assertThat(rowsOf("ada")).isEqualTo("0 0 0");
  }
}
