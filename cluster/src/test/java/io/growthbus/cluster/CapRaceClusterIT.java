package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes, one PostgreSQL and at most one prompt of a person and day: three rules cross at the
 * same moment, each on another node.
 */
class CapRaceClusterIT {
  private static final List<String> EVENTS =
      List.of("project_created", "api_call", "team_invite_sent");
  private static final int NODES = 3;
  private static final int WAVE = 20;
  private static final int MOST_RACES = 500;

  /** How far apart the three crossings of a round may be for the round to count as a race. */
  private static final String AT_ONCE = "10 milliseconds";

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();

  private static final String RACES =
      """
      SELECT count(*) FROM (
        SELECT FROM activation.crossing WHERE user_id LIKE 'race-%' GROUP BY user_id
        HAVING count(*) = 3 AND max(crossed_at) - min(crossed_at) <= ?::interval) AS race
      """;

  private static final String DECIDED =
      """
      SELECT count(*) FROM activation.prompt
      WHERE user_id LIKE 'race-%' AND (state = 'shown' OR granted_at IS NULL
             AND held IN ('cap_day', 'lower_priority'))
      """;

  /** Everybody for whom it is not: three prompts, one shown, two kept back by the cap. */
  private static final String WRONG =
      """
      SELECT user_id || ': ' || string_agg(rule || ' ' || state || ' ' || coalesce(held, '-'), ', ')
      FROM activation.prompt WHERE user_id LIKE 'race-%' GROUP BY user_id
      HAVING count(*) <> 3 OR count(granted_at) <> 1
          OR count(*) FILTER (WHERE state = 'shown' AND granted_at IS NOT NULL) <> 1
          OR count(*) FILTER (WHERE state = 'pending' AND granted_at IS NULL
                                AND held IN ('cap_day', 'lower_priority')) <> 2
      """;

  /**
   * A grant takes longer than the way from a crossing to its decision, so that decisions about one
   * person meet whenever nothing keeps them apart.
   */
  private static final String SLOW_GRANTS =
      """
      CREATE FUNCTION activation.dawdle() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_sleep(0.02); RETURN NULL; END';
      CREATE TRIGGER dawdle AFTER UPDATE ON activation.prompt
        FOR EACH STATEMENT EXECUTE FUNCTION activation.dawdle();
      """;

  @TempDir Path folder;
  private int rounds;

  @Test
  void three_rules_that_cross_at_once_on_three_nodes_show_one_prompt() throws Exception {
    OwnConf conf = OwnConf.copy(folder.resolve("conf"));
    conf.change(CapRaceClusterIT::capped);
    PostgresSettings postgres = TestPostgres.freshDatabase();
    WholeDatabase database = new WholeDatabase(postgres);
    Map<String, String> settings = new HashMap<>(TestNodes.environment(postgres));
    settings.put("GROWTHBUS_CONF", conf.folder().toString());
    settings.put("GROWTHBUS_DATA_DIR", folder.resolve("data").toString());
    settings.put("GROWTHBUS_STREAM_ADDRESS_MAX", "100000");
    List<Browsers> browsers = new ArrayList<>();
    try (ThreeNodes nodes = new ThreeNodes(settings)) {
      database.run(SLOW_GRANTS);
      IntStream.range(0, NODES).forEach(i -> browsers.add(new Browsers(nodes.get(i)::app)));
      long end = System.nanoTime() + Extent.asked().capRaces().toNanos();
      long races = 0;
      while (races < MOST_RACES && System.nanoTime() < end) {
        wave(nodes, browsers);
        Await.until(
            "all of " + rounds + " rounds are decided and shown",
            PATIENCE,
            () -> database.number(DECIDED) >= (long) NODES * rounds);
        assertThat(database.column(WRONG)).isEmpty();
        races = database.number(RACES, AT_ONCE);
      }
      hearEverything(nodes, browsers);

      System.out.printf(
          "FAULTS cap race: %d rounds, in %d of them all three crossed within %s, %d frames%n",
          rounds, races, AT_ONCE, browsers.stream().mapToLong(Browsers::promptFrames).sum());
      assertThat(database.column(WRONG)).as("when all is heard").isEmpty();
      assertThat(races).isGreaterThanOrEqualTo(Extent.asked().leastCapRaces());
      assertThat(rendered(browsers))
          .as("what pages have shown is what was granted")
          .isEqualTo(
              new HashSet<>(
                  database.column(
                      "SELECT prompt_id || ' ' || user_id FROM activation.prompt"
                          + " WHERE granted_at IS NOT NULL")));
      assertThat(browsers).allMatch(node -> node.mostRenderings() == 1);
    } finally {
      browsers.forEach(Browsers::close);
    }
  }

  private static void capped(JsonObject growth) {
    JsonObject activation = growth.getJsonObject("activation");
    activation.put("caps", new JsonObject().put("per_day", 1));
    activation.getJsonArray("rules").forEach(rule -> ((JsonObject) rule).put("threshold", 1));
  }

  /** People whose page is open, and then for one after the other the three events at once. */
  private void wave(ThreeNodes nodes, List<Browsers> browsers) {
    int first = rounds;
    for (; rounds < first + WAVE; rounds++) {
      String user = "race-" + rounds;
      browsers.get(rounds % NODES).open(user, Page.token(nodes.anyApp(), user), 1);
    }
    awaitOpen(browsers, rounds);
    for (int round = first; round < rounds; round++) {
      List<CompletableFuture<Integer>> answers = new ArrayList<>();
      for (int node = 0; node < NODES; node++) {
        String event = EVENTS.get((round + node) % NODES);
        answers.add(send(nodes.get(node), Events.event(event, "race-" + round)));
      }
      assertThat(answers.stream().map(CompletableFuture::join)).containsOnly(200);
    }
  }

  private static void awaitOpen(List<Browsers> browsers, int pages) {
    Await.until(
        "all pages are open",
        PATIENCE,
        () -> browsers.stream().mapToInt(Browsers::openTabs).sum() == pages);
  }

  /**
   * Waits until each node has heard all that any node has announced until now: messages between two
   * nodes come in order, so one more from each to each.
   */
  private void hearEverything(ThreeNodes nodes, List<Browsers> browsers) {
    Set<String> last = new HashSet<>();
    for (int from = 0; from < NODES; from++) {
      for (int to = 0; to < NODES; to++) {
        String user = "last-" + from + to;
        last.add(user);
        browsers.get(to).open(user, Page.token(nodes.anyApp(), user), 1);
      }
    }
    awaitOpen(browsers, rounds + last.size());
    for (int from = 0; from < NODES; from++) {
      for (int to = 0; to < NODES; to++) {
        JsonObject event = Events.projectCreated("last-" + from + to);
        assertThat(send(nodes.get(from), event).join()).isEqualTo(200);
      }
    }
    Await.until(
        "the last prompts are shown",
        PATIENCE,
        () ->
            browsers.stream()
                .flatMap(node -> node.rendered().values().stream())
                .collect(Collectors.toSet())
                .containsAll(last));
  }

  private static CompletableFuture<Integer> send(NodeProcess node, JsonObject event) {
    JsonObject batch = new JsonObject().put("batch", new JsonArray().add(event));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(node.app() + "/api/telemetry/ingest"))
            .timeout(Duration.ofSeconds(30))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(batch.encode()))
            .build();
    return CLIENT.sendAsync(request, BodyHandlers.discarding()).thenApply(HttpResponse::statusCode);
  }

  private static Set<String> rendered(List<Browsers> browsers) {
    Set<String> rendered = new HashSet<>();
    Stream<Map<String, String>> maps = browsers.stream().map(Browsers::rendered);
    maps.forEach(map -> map.forEach((prompt, user) -> rendered.add(prompt + " " + user)));
    return rendered;
  }
}
