package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Users who are erased, on two nodes that share nothing but the database: no broadcast arrives. */
class ErasureIT {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final Duration A_MINUTE = Duration.ofSeconds(60);

  private static WholeDatabase database;
  private static Node node;
  private static Node other;
  private static String app;

  @BeforeAll
  static void startTwoNodes() {
    PostgresSettings settings = TestPostgres.freshDatabase();
    database = new WholeDatabase(settings);
    node = start(settings);
    other = start(settings);
    app = TestNodes.app(node);
  }

  private static Node start(PostgresSettings settings) {
    // The order settles after the longest time that a node can go on storing, which these shorten.
    return TestNodes.start(
        TestNodes.environment(
            settings, "GROWTHBUS_INGEST_DEADLINE", "1s", "GROWTHBUS_PG_STATEMENT_TIMEOUT", "2s"));
  }

  @AfterAll
  static void stopBoth() {
    other.close();
    node.close();
  }

  private static String user(String id) {
    return app + "/api/users/" + URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static JsonObject ingest(String at, JsonObject... events) {
    return Http.json(
        at + "/api/telemetry/ingest",
        new JsonObject().put("batch", new JsonArray(List.of(events))));
  }

  private static JsonObject erase(String id, String query, int status) throws IOException {
    HttpResponse<String> answer = Http.delete(user(id) + query);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    return new JsonObject(answer.body());
  }

  private static void awaitCompletion(JsonObject order) {
    String url = app + "/api/erasures/" + order.getString("order_id");
    Await.until(
        "the erasure completes",
        A_MINUTE,
        () -> "completed".equals(Http.json(url).getString("state")));
    assertThat(Http.json(url).getJsonObject("rooms").fieldNames())
        .containsExactlyInAnyOrder("ingest", "flags", "entitlements", "activation");
  }

  private static List<JsonObject> export(String id) throws IOException {
    HttpResponse<String> answer = Http.get(user(id) + "/export");
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer.body().lines().map(JsonObject::new).toList();
  }

  private static List<String> types(List<JsonObject> lines) {
    return lines.stream().map(line -> line.getString("type")).toList();
  }

  /** Uses the product in every way that leaves a trace of the user. */
  private static List<JsonObject> leaveTraces(String id, String anonymousId) {
    List<JsonObject> queue = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      queue.add(
          Events.projectCreated(id)
              .put("anonymous_id", anonymousId)
              .put("consent", new JsonObject().put("marketing", true))
              .put(
                  "properties",
                  new JsonObject()
                      .put("project_type", "website")
                      .put("deep", new JsonArray().add(new JsonObject().put("owner", id)))));
    }
    JsonObject anonymous = Events.projectCreated(id).put("anonymous_id", anonymousId);
    anonymous.putNull("user_id");
    queue.add(anonymous);
    assertThat(ingest(app, queue.toArray(JsonObject[]::new)).getInteger("accepted")).isEqualTo(5);
    Await.until(
        "the prompt is there",
        SOON,
        () -> database.number("SELECT count(*) FROM activation.prompt WHERE user_id = ?", id) == 1);
    Http.json(app + "/demo/api/upgrade", new JsonObject().put("user_id", id));
    database.run(
        "UPDATE flags.definition SET target_users = array_append(target_users, '"
            + id.replace("'", "''")
            + "'); UPDATE flags.revision SET revision = revision + 1");
    return queue;
  }

  @Test
  void an_erased_user_is_in_no_row_of_any_table_and_stays_out() throws IOException {
    String id = "zoequark \"ü\\y\" a+17/%😀";
    String core = "zoequark";
    String anonymousId = UUID.randomUUID().toString();
    List<JsonObject> queue = leaveTraces(id, anonymousId);
    ingest(
        app,
        Events.projectCreated("bystander")
            .put(
                "properties",
                new JsonObject()
                    .put("project_type", "website")
                    .put("seen", "at /users/" + id + "?tab=1")
                    .put("friends", new JsonArray().add("grace").add(id))
                    .put("by", new JsonObject().put(id, 1.50))),
        Events.projectCreated("bystander").put("account_id", id));
    Http.json(app + "/demo/api/upgrade", new JsonObject().put("user_id", "bystander"));
    assertThat(
            Http.json(app + "/api/billing/entitlements/" + user(id).substring(user("").length()))
                .getString("tier"))
        .isEqualTo("pro");

    List<JsonObject> before = export(id);
    assertThat(types(before))
        .containsExactly(
            "event",
            "event",
            "event",
            "event",
            "counter",
            "consent",
            "crossing",
            "prompt",
            "subscription",
            "subscription_past",
            "webhook",
            "flag_target",
            "flag_target",
            "flag_target_past",
            "flag_target_past",
            "end");
    assertThat(before.get(15))
        .isEqualTo(new JsonObject().put("type", "end").put("complete", true).put("lines", 15));
    assertThat(database.rowsWith(core)).hasSizeGreaterThan(10);

    JsonObject order = erase(id, "", 202);
    assertThat(erase(id, "", 202).getString("order_id")).isEqualTo(order.getString("order_id"));
    awaitCompletion(order);

    assertThat(database.rowsWith(core)).isEmpty();
    assertThat(database.rowsWith(anonymousId)).isEmpty();
    assertThat(types(export(id))).containsExactly("end");
    assertThat(
            database.column(
                "SELECT properties::text FROM ingest.event WHERE user_id = 'bystander' AND jsonb_exists(properties, 'seen')"))
        .containsExactly(
            "{\"by\": {\"[erased]\": 1.5}, \"seen\": \"at /users/[erased]?tab=1\", \"friends\": [\"grace\", \"[erased]\"], \"project_type\": \"website\"}");
    assertThat(types(export("bystander")))
        .containsExactly(
            "event", "event", "counter", "subscription", "subscription_past", "webhook", "end");
    assertThat(Http.json(app + "/api/billing/entitlements/bystander").getString("tier"))
        .isEqualTo("pro");

    theOfflineQueueComesAgain(id, queue);
    assertThat(erase(id, "", 200).getString("state")).isEqualTo("completed");
    assertThat(database.rowsWith(core)).isEmpty();
  }

  private static void theOfflineQueueComesAgain(String id, List<JsonObject> queue) {
    String elsewhere = TestNodes.app(other);
    for (String at : new String[] {app, elsewhere}) {
      JsonObject verdict = ingest(at, queue.toArray(JsonObject[]::new));
      assertThat(verdict.getInteger("consent_dropped")).isEqualTo(queue.size());
      assertThat(verdict.getInteger("accepted") + verdict.getInteger("duplicates")).isZero();
      Http.json(at + "/demo/api/upgrade", new JsonObject().put("user_id", id));
    }
    assertThat(database.rowsWith("zoequark")).isEmpty();
  }

  @Test
  void an_erasure_during_load_on_all_nodes_leaves_nothing() throws IOException {
    String id = "loadquark-42";
    leaveTraces(id, UUID.randomUUID().toString());
    AtomicBoolean sending = new AtomicBoolean(true);
    List<CompletableFuture<Integer>> senders = new ArrayList<>();
    for (Node at : new Node[] {node, other}) {
      senders.add(CompletableFuture.supplyAsync(() -> send(TestNodes.app(at), id, sending)));
    }
    Await.until(
        "both nodes store events of the user",
        SOON,
        () -> database.number("SELECT count(*) FROM ingest.event WHERE user_id = ?", id) > 20);

    JsonObject order = erase(id, "", 202);
    awaitCompletion(order);
    assertThat(database.rowsWith(id)).isEmpty();
    sending.set(false);
    assertThat(senders.stream().mapToInt(CompletableFuture::join)).allMatch(dropped -> dropped > 0);
    assertThat(database.rowsWith(id)).isEmpty();
  }

  private static int send(String at, String id, AtomicBoolean sending) {
    int dropped = 0;
    while (sending.get()) {
      dropped += ingest(at, Events.projectCreated(id)).getInteger("consent_dropped");
    }
    return dropped;
  }

  @Test
  void an_erasure_without_suppression_lets_the_user_come_back() throws IOException {
    String id = "backquark";
    leaveTraces(id, UUID.randomUUID().toString());
    JsonObject order = erase(id, "?suppress=false", 202);
    awaitCompletion(order);
    assertThat(database.rowsWith(id)).isEmpty();

    assertThat(ingest(app, Events.projectCreated(id)).getInteger("accepted")).isEqualTo(1);
    assertThat(types(export(id))).containsExactly("event", "counter", "end");
  }
}
