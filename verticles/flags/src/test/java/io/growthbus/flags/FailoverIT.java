package io.growthbus.flags;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.Definition.Kind;
import io.growthbus.shared.message.DefinitionChange;
import io.growthbus.shared.message.EvaluateFlag;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.PutDefinition;
import io.growthbus.shared.message.RevisionApplied;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.CapturedLog;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Another PostgreSQL takes over that lacks the last changes, while nodes run on. */
class FailoverIT {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final PostgresSettings database = TestPostgres.freshDatabase();
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final Live<GrowthConfig> config = new Live<>(file("{}"));
  private final List<Long> announced = new CopyOnWriteArrayList<>();

  private static GrowthConfig file(String json) {
    return GrowthConfigReader.read(json, new Problems());
  }

  @BeforeEach
  void start() {
    Await.result(bus.hear(Channels.FLAGS_CHANGED, change -> announced.add(change.revision())));
    Await.result(
        vertx.deployVerticle(
            new FlagsVerticle(bus, config, new FlagsSettings(Duration.ofMillis(50)), database)));
  }

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  private Future<DefinitionChange> put(int rollout, @Nullable Long expected) {
    String json = "{\"enabled\": true, \"rollout_percentage\": " + rollout + "}";
    return bus.ask(
        Channels.PUT_DEFINITION, new PutDefinition(Kind.FLAG, "beta", json, expected, "operator"));
  }

  private FlagAnswer answer() {
    return Await.result(bus.ask(Channels.EVALUATE_FLAG, new EvaluateFlag("beta", "u1", null)));
  }

  /** The flag is off and off for ever: the changes since then are lost. */
  private void loseAllBut(long revision) throws SQLException {
    try (Connection connection = DriverManager.getConnection(TestPostgres.jdbcUrl(database));
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("UPDATE flags.revision SET revision = " + (revision - 1));
      statement.execute("UPDATE flags.definition SET rollout_percentage = 0");
      statement.execute("UPDATE flags.revision SET revision = " + revision);
      connection.commit();
    }
  }

  @Test
  void an_edit_has_a_revision_above_all_that_the_node_has_acted_by_and_is_followed()
      throws SQLException {
    long first = Await.result(put(0, null)).revision();
    Await.result(put(50, null));
    long last = Await.result(put(0, null)).revision();
    assertThat(last).isEqualTo(first + 2);

    loseAllBut(first);
    DefinitionChange change = Await.result(put(100, first));

    assertThat(change.revision()).isEqualTo(last + 1);
    assertThat(answer().value()).isEqualTo(true);
    assertThat(answer().revision()).isEqualTo(last + 1);
    assertThat(answer().flagRevision()).isEqualTo(last + 1);
    Await.until("it is announced", SOON, () -> announced.contains(last + 1));
  }

  @Test
  void what_an_edit_expects_is_compared_with_the_database_not_with_the_node() throws SQLException {
    long first = Await.result(put(0, null)).revision();
    long last = Await.result(put(100, null)).revision();
    loseAllBut(first);

    RoomException refusal = (RoomException) Await.failure(put(50, last));

    assertThat(refusal.code()).isEqualTo("revision_mismatch");
    assertThat(answer().value()).isEqualTo(true);
  }

  @Test
  void a_changed_file_is_followed_too() throws SQLException {
    long first = Await.result(put(0, null)).revision();
    long last = Await.result(put(100, null)).revision();
    loseAllBut(first);

    config.set(file("{\"flags\": {\"definitions\": [{\"key\": \"of_file\"}]}}"));

    Await.until("the node follows", SOON, () -> answer().revision() == last + 1);
    assertThat(answer().value()).isEqualTo(false);
  }

  @Test
  void revisions_that_another_node_acts_by_are_passed_as_well() {
    Await.result(put(0, null));
    bus.publish(Channels.FLAGS_APPLIED, new RevisionApplied("other", 40));

    Await.until(
        "a change passes it",
        SOON,
        () -> Await.result(put(announced.size(), null)).revision() > 40);
  }

  @Test
  void a_node_says_that_the_database_is_behind() throws SQLException {
    long first = Await.result(put(0, null)).revision();
    Await.result(put(100, null));
    try (CapturedLog log = CapturedLog.of(FlagsService.class)) {
      loseAllBut(first);

      Await.until(
          "it is said",
          SOON,
          () ->
              log.entries().stream()
                  .anyMatch(
                      entry ->
                          entry.text().contains("revision " + first + " of the flags, below")));
    }
    assertThat(answer().value()).isEqualTo(true);
  }
}
