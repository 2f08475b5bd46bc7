package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A limit that no meter counts, used up on three clustered nodes at once. */
class LedgerClusterIT {
  private static final int COUNT = 3;
  private static final int LIMIT = 50;
  private static final int MOST_REPETITIONS = 20;
  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();

  @TempDir static Path folder;
  private static final List<Node> NODES = new ArrayList<>();

  @BeforeAll
  static void start() throws IOException {
    OwnConf conf = OwnConf.copy(folder.resolve("conf"));
    conf.change(
        growth ->
            growth
                .getJsonObject("entitlements")
                .getJsonObject("tiers")
                .getJsonObject("free")
                .getJsonObject("limits")
                .put("exports", LIMIT));
    PostgresSettings database = TestPostgres.freshDatabase();
    List<Integer> ports = Ports.free(COUNT);
    String members = String.join(",", ports.stream().map(port -> "127.0.0.1:" + port).toList());
    for (int port : ports) {
      NODES.add(
          TestNodes.start(
              TestNodes.environment(
                  database,
                  "GROWTHBUS_CONF",
                  conf.folder().toString(),
                  "GROWTHBUS_DATA_DIR",
                  folder.resolve("data" + port).toString(),
                  "GROWTHBUS_CLUSTER_MEMBERS",
                  members,
                  "GROWTHBUS_CLUSTER_PORT",
                  String.valueOf(port),
                  // Three nodes that start on a busy machine take their time.
                  "GROWTHBUS_PG_CONNECT_TIMEOUT",
                  "20s")));
    }
  }

  @AfterAll
  static void stop() {
    NODES.forEach(Node::close);
  }

  private static String app(int index) {
    return TestNodes.app(NODES.get(index % COUNT)) + "/api/entitlements/";
  }

  /** Sends an order; one that was not carried out for certain is sent again as it is. */
  private static CompletableFuture<HttpResponse<String>> order(
      int node, String path, JsonObject body, int attempt) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(app(node) + path))
            .timeout(Duration.ofSeconds(30))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body.encode()))
            .build();
    return CLIENT
        .sendAsync(request, BodyHandlers.ofString())
        .thenCompose(
            answer ->
                answer.statusCode() == 503 && attempt < MOST_REPETITIONS
                    ? order(node + 1, path, body, attempt + 1)
                    : CompletableFuture.completedFuture(answer));
  }

  private static CompletableFuture<HttpResponse<String>> order(
      int node, String path, JsonObject body) {
    return order(node, path, body, 0);
  }

  private static JsonObject use(String user, String eventId, int amount) {
    return new JsonObject()
        .put("user_id", user)
        .put("feature", "exports")
        .put("amount", amount)
        .put("event_id", eventId);
  }

  private static JsonObject ok(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return new JsonObject(answer.body());
  }

  private static List<JsonObject> all(List<CompletableFuture<HttpResponse<String>>> orders) {
    return orders.stream().map(CompletableFuture::join).map(LedgerClusterIT::ok).toList();
  }

  /** What each node says is used. */
  private static List<Integer> used(String user) {
    return Stream.of(0, 1, 2)
        .map(
            node ->
                Http.json(
                        app(node) + "check",
                        new JsonObject().put("user_id", user).put("feature", "exports"))
                    .getInteger("used"))
        .toList();
  }

  @Test
  void two_hundred_consumes_at_once_on_three_nodes_grant_a_limit_of_fifty_exactly() {
    List<CompletableFuture<HttpResponse<String>>> orders = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      orders.add(order(i, "consume", use("ada", "c" + i, 1)));
    }

    List<JsonObject> answers = all(orders);

    List<JsonObject> granted =
        answers.stream().filter(answer -> answer.getBoolean("granted")).toList();
    assertThat(granted).hasSize(LIMIT);
    assertThat(granted.stream().map(answer -> answer.getInteger("used"))).doesNotHaveDuplicates();
    assertThat(used("ada")).containsOnly(LIMIT);
  }

  @Test
  void copies_of_one_order_on_three_nodes_at_once_are_one_order() {
    List<CompletableFuture<HttpResponse<String>>> orders = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      orders.add(order(i, "consume", use("grace", "same", 3)));
    }

    assertThat(all(orders).stream().distinct()).hasSize(1);
    assertThat(used("grace")).containsOnly(3);
  }

  @Test
  void reservations_raced_with_their_ends_on_three_nodes_never_overshoot_and_add_up() {
    long seed = System.nanoTime();
    System.out.printf("reservations: seed %d%n", seed);
    Random random = new Random(seed);
    List<CompletableFuture<HttpResponse<String>>> orders = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      JsonObject order = use("hedy", "r" + i, 1 + random.nextInt(3)).put("ttl_s", 600);
      orders.add(order(i, "reservations", order));
    }
    List<JsonObject> held =
        all(orders).stream().filter(answer -> answer.getBoolean("granted")).toList();
    assertThat(held.stream().mapToInt(answer -> answer.getInteger("amount")).sum())
        .as("seed %d", seed)
        .isBetween(LIMIT - 2, LIMIT);

    // Each is confirmed and released at the same moment on two nodes, while others consume.
    List<CompletableFuture<List<HttpResponse<String>>>> ends = new ArrayList<>();
    List<CompletableFuture<HttpResponse<String>>> meanwhile = new ArrayList<>();
    for (int i = 0; i < held.size(); i++) {
      String path = "reservations/" + held.get(i).getString("id");
      CompletableFuture<HttpResponse<String>> confirmed =
          order(i, path + "/confirm", new JsonObject().put("amount", 1));
      CompletableFuture<HttpResponse<String>> released =
          order(i + 1, path + "/release", new JsonObject());
      ends.add(confirmed.thenCombine(released, List::of));
      meanwhile.add(order(i + 2, "consume", use("hedy", "m" + i, 1)));
    }
    int confirmed = 0;
    for (CompletableFuture<List<HttpResponse<String>>> end : ends) {
      List<Integer> statuses = end.join().stream().map(HttpResponse::statusCode).toList();
      assertThat(statuses).as("one of both ends counts, seed %d", seed).containsOnlyOnce(200, 409);
      confirmed += statuses.get(0) == 200 ? 1 : 0;
    }
    int consumed =
        (int) all(meanwhile).stream().filter(answer -> answer.getBoolean("granted")).count();

    assertThat(used("hedy")).as("seed %d", seed).containsOnly(confirmed + consumed);
    assertThat(confirmed + consumed).as("seed %d", seed).isLessThanOrEqualTo(LIMIT);
    JsonObject rest =
        ok(order(0, "consume", use("hedy", "rest", LIMIT - confirmed - consumed + 1)).join());
    assertThat(rest.getBoolean("granted")).isFalse();
    assertThat(rest.getInteger("remaining")).isEqualTo(LIMIT - confirmed - consumed);
  }
}
