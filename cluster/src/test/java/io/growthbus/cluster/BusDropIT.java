package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes between which every message of the bus is lost, while PostgreSQL is there for all.
 */
class BusDropIT {
  private static final int USERS = 30;
  private static final Duration LONGEST = Duration.ofSeconds(30);

  @TempDir Path folder;

  private record Waiting(Page page, long acknowledgedNanos, String userId) {}

  @Test
  void every_prompt_arrives_within_thirty_seconds_though_no_message_passes_between_the_nodes()
      throws Exception {
    PostgresSettings database = TestPostgres.freshDatabase();
    List<Integer> ports = Ports.free(3);
    List<BusProxy> proxies = new ArrayList<>();
    for (int port : ports) {
      proxies.add(new BusProxy(port));
    }
    Map<String, String> settings = new HashMap<>(TestNodes.environment(database));
    settings.put("GROWTHBUS_DATA_DIR", folder.resolve("data").toString());
    try (ThreeNodes nodes =
        new ThreeNodes(
            settings,
            i ->
                Map.of(
                    "GROWTHBUS_CLUSTER_BUS_PORT",
                    String.valueOf(ports.get(i)),
                    "GROWTHBUS_CLUSTER_BUS_PUBLIC_PORT",
                    String.valueOf(proxies.get(i).port())))) {
      List<Waiting> healthy = cross(nodes, "before", 3);
      healthy.forEach(BusDropIT::awaitPrompt);

      proxies.forEach(BusProxy::drop);
      long end = System.nanoTime() + Extent.asked().busDrop().toNanos();
      List<Waiting> during = cross(nodes, "during", USERS);
      long slowest = during.stream().mapToLong(BusDropIT::awaitPrompt).max().orElse(0);
      Await.until(
          "the messages have been dropped long enough",
          Extent.asked().busDrop().plusSeconds(5),
          () -> System.nanoTime() > end);
      assertThat(proxies).as("messages were lost").anyMatch(proxy -> proxy.dropped() > 0);
      proxies.forEach(BusProxy::heal);

      List<Waiting> after = cross(nodes, "after", 3);
      long slowestAfter = after.stream().mapToLong(BusDropIT::awaitPrompt).max().orElse(0);
      System.out.printf(
          "FAULTS bus dropped: slowest of %d prompts after %d ms, %d ms when it had healed%n",
          USERS, slowest, slowestAfter);
      assertThat(slowest).isLessThanOrEqualTo(LONGEST.toMillis());
      for (List<Waiting> group : List.of(healthy, during, after)) {
        assertThat(group)
            .allSatisfy(
                waiting ->
                    assertThat(waiting.page().prompts())
                        .as(waiting.userId())
                        .extracting(prompt -> prompt.getString("prompt_id"))
                        .containsOnly(waiting.page().prompts().get(0).getString("prompt_id")));
        group.forEach(waiting -> waiting.page().close());
      }
    } finally {
      for (BusProxy proxy : proxies) {
        proxy.close();
      }
    }
  }

  /** Users whose page is open on one node and whose events go to another. */
  private static List<Waiting> cross(ThreeNodes nodes, String name, int users) {
    List<Waiting> waiting = new ArrayList<>();
    for (int i = 0; i < users; i++) {
      String user = name + "-" + i;
      Page page = Page.open(nodes.get(i % 3).app(), user);
      JsonObject verdict =
          Http.json(
              nodes.get((i + 1) % 3).app() + "/api/telemetry/ingest",
              Events.projectsCreated(user, 3));
      assertThat(verdict.getInteger("accepted")).isEqualTo(3);
      waiting.add(new Waiting(page, System.nanoTime(), user));
    }
    return waiting;
  }

  /** After how many ms, from the answer to the events on, the prompt was there. */
  private static long awaitPrompt(Waiting waiting) {
    Await.until(
        "the prompt of " + waiting.userId(),
        LONGEST.plusSeconds(5),
        () -> !waiting.page().prompts().isEmpty());
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - waiting.acknowledgedNanos());
  }
}
