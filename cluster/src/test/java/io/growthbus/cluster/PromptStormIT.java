package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Users who cross thresholds while their events arrive three times each, shuffled, on three nodes
 * whose connections and processes are killed: each crossing once, none early, each prompt seen.
 */
class PromptStormIT {
  private static final long SEED = System.nanoTime();
  private static final int EVENTS = 60;
  private static final int TIMES = 3;
  private static final int TABS = 5;
  private static final int SENDERS = 16;
  private static final int BATCH = 25;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** Thresholds of the shipped rules by the event that counts for them. */
  private static final Map<String, Integer> THRESHOLDS =
      Map.of("project_created", 3, "api_call", 50, "team_invite_sent", 2);

  private static final Map<String, String> RULES =
      Map.of(
          "project_created", "project_created",
          "api_call", "api_calls",
          "team_invite_sent", "team_invites");

  @TempDir Path folder;
  private final AtomicInteger failures = new AtomicInteger();

  @Test
  void crossings_are_those_of_the_model_and_every_prompt_is_rendered_once() throws Exception {
    int users = Extent.asked().stormUsers();
    Random random = new Random(SEED);
    TreeMap<String, Long> model = new TreeMap<>();
    List<JsonObject> events = events(users, random, model);
    try (MortalPostgres postgres = new MortalPostgres(folder);
        ThreeNodes nodes =
            new ThreeNodes(
                Map.of(
                    "GROWTHBUS_CONF", "../conf",
                    "GROWTHBUS_DATA_DIR", folder.resolve("data").toString(),
                    "GROWTHBUS_HTTP_PORT", "0",
                    "GROWTHBUS_OPS_PORT", "0",
                    "GROWTHBUS_STREAM_ADDRESS_MAX", "100000",
                    "GROWTHBUS_PG_URI", postgres.uri()));
        Browsers browsers = new Browsers(nodes::anyApp)) {
      openAll(nodes, browsers, users);
      Queue<List<JsonObject>> batches = batches(events, random);
      List<Thread> senders = send(batches, nodes);
      pullPlugs(postgres, nodes, batches);
      for (Thread sender : senders) {
        sender.join(PATIENCE.toMillis());
        assertThat(sender.isAlive()).as("a batch is never acknowledged").isFalse();
      }
      check(postgres, model);
      awaitRendered(postgres, browsers);
      System.out.printf(
          "FAULTS storm: seed %d, %d users, %d events sent %d times, %d requests failed, %d"
              + " crossings, %d tabs looked for another node, %d frames with a prompt%n",
          SEED,
          users,
          events.size(),
          TIMES,
          failures.get(),
          model.size(),
          browsers.reopened(),
          browsers.promptFrames());
    }
  }

  /** Sixty events of each user, and the count of each crossing that must come of them. */
  private static List<JsonObject> events(int users, Random random, Map<String, Long> model) {
    List<JsonObject> events = new ArrayList<>();
    for (int user = 0; user < users; user++) {
      Map<String, Long> counts =
          Map.of(
              "project_created", (long) random.nextInt(7),
              "team_invite_sent", (long) random.nextInt(4));
      long calls = EVENTS - counts.values().stream().mapToLong(Long::longValue).sum();
      Map<String, Long> all = new TreeMap<>(counts);
      all.put("api_call", calls);
      String userId = "storm-" + user;
      all.forEach(
          (name, count) -> {
            for (int i = 0; i < count; i++) {
              events.add(Events.event(name, userId));
            }
            if (count >= THRESHOLDS.getOrDefault(name, Integer.MAX_VALUE)) {
              model.put(RULES.get(name) + " " + userId, count);
            }
          });
    }
    return events;
  }

  private static Queue<List<JsonObject>> batches(List<JsonObject> events, Random random) {
    List<JsonObject> all = new ArrayList<>();
    for (int i = 0; i < TIMES; i++) {
      all.addAll(events);
    }
    Collections.shuffle(all, random);
    Queue<List<JsonObject>> batches = new ConcurrentLinkedQueue<>();
    for (int from = 0; from < all.size(); from += BATCH) {
      batches.add(all.subList(from, Math.min(all.size(), from + BATCH)));
    }
    return batches;
  }

  private static void openAll(ThreeNodes nodes, Browsers browsers, int users) {
    for (int user = 0; user < users; user++) {
      String userId = "storm-" + user;
      browsers.open(userId, Page.token(nodes.anyApp(), userId), TABS);
    }
    Await.until("all tabs are open", PATIENCE, () -> browsers.openTabs() == users * TABS);
  }

  private List<Thread> send(Queue<List<JsonObject>> batches, ThreeNodes nodes) {
    List<Thread> senders = new ArrayList<>();
    for (int i = 0; i < SENDERS; i++) {
      Thread sender =
          new Thread(
              () -> {
                for (List<JsonObject> b = batches.poll(); b != null; b = batches.poll()) {
                  deliver(b, nodes);
                }
              },
              "storm-" + i);
      sender.setDaemon(true);
      senders.add(sender);
      sender.start();
    }
    return senders;
  }

  /** To any node, until one says that all of it is durable. */
  private void deliver(List<JsonObject> batch, ThreeNodes nodes) {
    String body = new JsonObject().put("batch", new JsonArray(batch)).encode();
    while (!isAccepted(nodes.anyApp(), body)) {
      failures.incrementAndGet();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
  }

  private static boolean isAccepted(String app, String body) {
    try {
      return Http.post(app + "/api/telemetry/ingest", body).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  /** Kills connections of the database all the time, and nodes at even distances. */
  private static void pullPlugs(
      MortalPostgres postgres, ThreeNodes nodes, Queue<List<JsonObject>> batches) {
    int all = batches.size();
    int kills = Extent.asked().nodeKills() / 2;
    for (int kill = 1; kill <= kills && !batches.isEmpty(); kill++) {
      int left = all - all * kill / (kills + 1);
      while (batches.size() > left) {
        postgres.killConnections();
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(400));
      }
      int victim = nodes.randomIndex();
      nodes.kill(victim);
      nodes.restart(victim);
    }
  }

  private static void check(MortalPostgres postgres, Map<String, Long> model) throws SQLException {
    Await.until(
        "as many crossings as in the model",
        Duration.ofMinutes(1),
        () -> postgres.number("SELECT count(*) FROM activation.crossing") >= model.size());
    try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl())) {
      Map<String, Long> crossed =
          counts(
              connection,
              "SELECT rule || ' ' || user_id, count(*) FROM activation.crossing GROUP BY 1");
      assertThat(crossed.keySet()).as("crossings, seed " + SEED).isEqualTo(model.keySet());
      assertThat(crossed.values()).as("each once").allMatch(count -> count == 1);
      Map<String, Long> atCounts =
          counts(connection, "SELECT rule || ' ' || user_id, at_count FROM activation.crossing");
      atCounts.forEach(
          (key, count) ->
              assertThat(count).as(key).isBetween(thresholdOf(key), model.getOrDefault(key, 0L)));
      assertThat(
              counts(
                  connection,
                  "SELECT rule || ' ' || user_id, count(*) FROM activation.prompt GROUP BY 1"))
          .as("one prompt per crossing")
          .isEqualTo(crossed);
    }
    assertThat(
            postgres.number(
                "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
        .as("deadlocks")
        .isZero();
  }

  private static long thresholdOf(String key) {
    String rule = key.substring(0, key.indexOf(' '));
    String event =
        RULES.entrySet().stream()
            .filter(entry -> entry.getValue().equals(rule))
            .findFirst()
            .orElseThrow()
            .getKey();
    return THRESHOLDS.getOrDefault(event, 0);
  }

  private static Map<String, Long> counts(Connection connection, String query) throws SQLException {
    Map<String, Long> found = new TreeMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      while (result.next()) {
        found.put(result.getString(1), result.getLong(2));
      }
    }
    return found;
  }

  /** Every prompt was rendered in its user's browser, and once. */
  private static void awaitRendered(MortalPostgres postgres, Browsers browsers)
      throws SQLException {
    String owners = "SELECT prompt_id || ' ' || user_id, 1 FROM activation.prompt";
    Set<String> all = new TreeSet<>();
    try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl())) {
      all.addAll(counts(connection, owners).keySet());
    }
    Await.until(
        "every prompt is rendered",
        Duration.ofMinutes(1),
        () -> renderedBy(browsers).size() >= all.size());
    assertThat(renderedBy(browsers)).isEqualTo(all);
    assertThat(browsers.mostRenderings()).isEqualTo(1);
    Await.until(
        "every acknowledgement is noted",
        Duration.ofSeconds(30),
        () ->
            postgres.number("SELECT count(*) FROM activation.prompt WHERE state <> 'shown'") == 0);
  }

  private static Set<String> renderedBy(Browsers browsers) {
    Set<String> rendered = new TreeSet<>();
    browsers.rendered().forEach((prompt, user) -> rendered.add(prompt + " " + user));
    return rendered;
  }
}
