package io.growthbus.activation;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.message.UsageAdvanced;
import io.growthbus.shared.message.UserConsent;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One budget per person: three nodes that know nothing of each other, and one PostgreSQL. */
class CapRaceIT {
  private static final int NODES = 3;
  private static final int ROUNDS = 500;
  private static final int AT_ONCE = 10;
  private static final Duration NEVER = Duration.ofMinutes(5);
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final GrowthConfig CONFIG =
      GrowthConfigReader.read(
          """
          {"meters": [{"key": "m0", "event": "e"}, {"key": "m1", "event": "e"},
                      {"key": "m2", "event": "e"}],
           "activation": {"caps": {"per_day": 1}, "rules": [
             {"key": "low", "meter": "m0", "threshold": 1, "priority": 1},
             {"key": "middle", "meter": "m1", "threshold": 1, "priority": 2},
             {"key": "high", "meter": "m2", "threshold": 1, "priority": 3}]}}
          """,
          new Problems());

  private final TestDatabase database = new TestDatabase();
  private final List<Vertx> nodes = new ArrayList<>();
  private final List<Bus> buses = new ArrayList<>();
  private final Map<String, AtomicInteger> pushes = new ConcurrentHashMap<>();

  @AfterEach
  void stop() {
    nodes.forEach(node -> Await.result(node.close()));
  }

  private void startNode() {
    Vertx vertx = Vertx.vertx();
    Bus bus = new Bus(vertx);
    nodes.add(vertx);
    buses.add(bus);
    Await.result(
        bus.hear(
            Channels.PROMPT_RAISED,
            prompt ->
                pushes
                    .computeIfAbsent(prompt.userId(), user -> new AtomicInteger())
                    .incrementAndGet()));
    Await.result(
        bus.answer(
            Channels.READ_CONSENT, question -> Future.succeededFuture(new UserConsent(Map.of()))));
    Await.result(
        bus.answer(
            Channels.RESOLVE_ENTITLEMENT,
            question -> Future.succeededFuture(free(question.userId()))));
    ActivationSettings settings = new ActivationSettings(NEVER, Duration.ofSeconds(10), NEVER, 100);
    Await.result(
        vertx.deployVerticle(
            new ActivationVerticle(bus, new Live<>(CONFIG), settings, database.settings())));
  }

  private static Entitlement free(String user) {
    return new Entitlement(
        user, "free", Map.of(), List.of(), List.of(), 0, State.FRESH, "none", null, null, 0);
  }

  private boolean decided(int rounds) {
    try {
      return database
          .value(
              "SELECT count(*) FROM activation.prompt WHERE granted_at IS NOT NULL OR held IS NOT"
                  + " NULL")
          .equals(String.valueOf(rounds * NODES));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void three_nodes_that_decide_at_the_same_moment_show_one_prompt() throws SQLException {
    for (int i = 0; i < NODES; i++) {
      startNode();
    }
    long now = System.currentTimeMillis();
    for (int round = 0; round < ROUNDS; round++) {
      for (int node = 0; node < NODES; node++) {
        MeterReading reading = new MeterReading("u" + round, "m" + node, 1, null, now);
        buses.get(node).send(Channels.USAGE_ADVANCED, new UsageAdvanced(List.of(reading)));
      }
      int done = round + 1;
      if (done % AT_ONCE == 0) {
        Await.until("all of " + done + " rounds are decided", SOON, () -> decided(done));
      }
    }

    assertThat(
            database.value(
                "SELECT count(*) FROM (SELECT FROM activation.prompt GROUP BY user_id"
                    + " HAVING count(granted_at) <> 1) AS x"))
        .as("people with another number of grants than one")
        .isEqualTo("0");
    Await.until("every push was heard", SOON, () -> pushes.size() == ROUNDS);
    assertThat(pushes.values()).extracting(AtomicInteger::get).containsOnly(1);
  }
}
