package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Call;
import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.shared.message.AcknowledgePrompt;
import io.growthbus.shared.message.RecordEvents;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may do what, for every route, in both modes. */
class AccessIT {
  private static final EdgeNode KEYED = new EdgeNode(EdgeNode.KEYED);
  private static final EdgeNode OPEN = new EdgeNode(EdgeNode.OPEN);

  @BeforeEach
  void forget() {
    KEYED.rooms.reset();
    OPEN.rooms.reset();
  }

  @AfterAll
  static void stop() {
    KEYED.close();
    OPEN.close();
  }

  private static Call call(EdgeNode node, String method, String path) {
    String body =
        switch (path) {
          case "/api/telemetry/ingest", "/v1/batch", "/v1/b" -> "{\"batch\":[]}";
          case "/api/flags/evaluate", "/api/auth/user-token", "/demo/api/upgrade" ->
              "{\"user_id\":\"ada\"}";
          case "/api/admin/webhooks/reapply" -> "{\"provider\":\"stripe\"}";
          case "/api/admin/webhooks/reconciliations" ->
              method.equals("POST") ? "{\"provider\":\"stripe\"}" : "";
          case "/api/admin/quarantine/replay" -> "{\"event\":\"x\"}";
          case "/api/admin/flags/export/preview" -> "{\"contexts\":[]}";
          case "/api/admin/flags/export/impact" -> "{\"definition\":{}}";
          case "/api/admin/evaluate" -> "{\"flag\":\"export\"}";
          case "/api/admin/meters/api_calls" ->
              method.equals("PUT") ? "{\"event\":\"api_call\"}" : "";
          case "/api/admin/rules/api_calls" ->
              method.equals("PUT") ? "{\"meter\":\"api_calls\"}" : "";
          case "/api/entitlements/check" -> "{\"user_id\":\"ada\",\"feature\":\"export\"}";
          case "/api/entitlements/consume", "/api/entitlements/reservations" ->
              "{\"user_id\":\"ada\",\"feature\":\"exports\",\"event_id\":\"k1\"}";
          case "/api/admin/flags/export/schedule" ->
              method.equals("PUT") ? "{\"schedule\":[]}" : "";
          case "/api/admin/definitions" -> method.equals("POST") ? "{\"flags\":{}}" : "";
          case "/api/admin/schemas/opened" ->
              method.equals("PUT") ? "{\"version\":\"1.0.0\",\"schema\":{}}" : "";
          case "/api/admin/flags/export" -> method.equals("PUT") ? "{}" : "";
          default -> path.startsWith("/v1/") || path.startsWith("/ofrep/") ? "{}" : "";
        };
    return node.call(method, path).body(Buffer.buffer(body));
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvFileSource(resources = "/access.csv", numLinesToSkip = 1)
  void a_node_with_keys_asks_every_caller_for_the_right_one(
      String method,
      String path,
      int none,
      int publishable,
      int user,
      int secret,
      int admin,
      int openNone,
      int openUser) {
    assertThat(call(KEYED, method, path).send().status()).as("none").isEqualTo(none);
    assertThat(call(KEYED, method, path).bearer(EdgeNode.PK).send().status())
        .as("pk")
        .isEqualTo(publishable);
    assertThat(call(KEYED, method, path).page("ada").send().status()).as("user").isEqualTo(user);
    assertThat(call(KEYED, method, path).bearer(EdgeNode.SK).send().status())
        .as("sk")
        .isEqualTo(secret);
    assertThat(call(KEYED, method, path).bearer(EdgeNode.AK).send().status())
        .as("admin")
        .isEqualTo(admin);
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvFileSource(resources = "/access.csv", numLinesToSkip = 1)
  void an_open_node_asks_for_nothing_but_a_users_token_where_a_user_is_meant(
      String method,
      String path,
      int none,
      int publishable,
      int user,
      int secret,
      int admin,
      int openNone,
      int openUser) {
    assertThat(call(OPEN, method, path).send().status()).as("none").isEqualTo(openNone);
    assertThat(call(OPEN, method, path).bearer("any").send().status())
        .as("key")
        .isEqualTo(openNone);
    assertThat(call(OPEN, method, path).bearer(OPEN.token("ada")).send().status())
        .as("user")
        .isEqualTo(openUser);
  }

  @ParameterizedTest
  @ValueSource(strings = {"wrong", "pk_test_", "pk_test_11", "PK_TEST_1", " "})
  void a_key_that_is_none_of_ours_is_refused_and_not_repeated(String key) {
    Response response = KEYED.get("/api/sdk/config").header("X-API-Key", key).send();
    assertThat(response.status()).isEqualTo(401);
    assertThat(response.header("WWW-Authenticate")).isEqualTo("Bearer");
    assertThat(response.body().toString()).doesNotContain("pk_test", "PK_TEST", "wrong");
  }

  static Stream<Call> everyWayOfAPublishableKey() {
    String path = "/api/sdk/config";
    String basic =
        Base64.getEncoder().encodeToString((EdgeNode.PK + ":").getBytes(StandardCharsets.UTF_8));
    return Stream.of(
        KEYED.get(path).bearer(EdgeNode.PK),
        KEYED.get(path).header("Authorization", "Basic " + basic),
        KEYED.get(path).header("X-API-Key", EdgeNode.PK),
        KEYED.get(path + "?key=" + EdgeNode.PK),
        KEYED.post("/api/telemetry/ingest", "{\"writeKey\":\"" + EdgeNode.PK + "\",\"batch\":[]}"));
  }

  @ParameterizedTest
  @MethodSource("everyWayOfAPublishableKey")
  void a_key_may_travel_in_every_way_that_clients_know(Call call) {
    assertThat(call.send().status()).isEqualTo(200);
  }

  static Stream<Call> everyWayOfASecretInAnAddress() {
    return Stream.of(EdgeNode.SK, EdgeNode.AK)
        .flatMap(
            key ->
                Stream.of(
                    KEYED.get("/api/admin/events?key=" + key),
                    KEYED.get("/api/users/ada/export?key=" + key),
                    KEYED.post("/api/telemetry/ingest?key=" + key, "[]"),
                    KEYED.post("/v1/batch?key=" + key, "{\"batch\":[]}"),
                    KEYED.post("/ofrep/v1/evaluate/flags?key=" + key, "{}"),
                    KEYED.get("/api/sdk/config?key=" + EdgeNode.PK + "&key=" + key),
                    KEYED.get("/api/admin/events?key=" + key).bearer(EdgeNode.AK)));
  }

  @ParameterizedTest
  @MethodSource("everyWayOfASecretInAnAddress")
  void a_secret_or_admin_key_in_an_address_opens_nothing_whatever_else_is_sent(Call call) {
    Response response = call.send();
    assertThat(response.status()).isEqualTo(403);
    assertThat(response.body().toString())
        .contains("must not stand in an address")
        .doesNotContain(EdgeNode.SK, EdgeNode.AK);
    assertThat(KEYED.rooms.asked(Object.class)).isEmpty();
  }

  @Test
  void a_secret_in_an_address_has_a_code_of_its_own() {
    assertThat(KEYED.get("/api/admin/events?key=" + EdgeNode.AK).send().code())
        .isEqualTo("secret_in_address");
  }

  @Test
  void a_word_named_key_that_is_no_key_of_ours_is_none() {
    assertThat(KEYED.get("/api/admin/audit?key=beta").bearer(EdgeNode.AK).send().status())
        .isEqualTo(200);
  }

  @Test
  void a_user_token_without_the_publishable_key_is_not_enough() {
    Response response = KEYED.get("/api/prompts").bearer(KEYED.token("ada")).send();
    assertThat(response.status()).isEqualTo(401);
    assertThat(response.code()).isEqualTo("missing_credentials");
  }

  @Test
  void a_beacon_carries_key_and_token_in_its_body() {
    JsonObject body =
        new JsonObject()
            .put("writeKey", EdgeNode.PK)
            .put("userToken", KEYED.token("ada"))
            .put("batch", new JsonArray());
    Response response =
        KEYED
            .post("/api/telemetry/ingest", body.encode())
            .header("Content-Type", "text/plain;charset=UTF-8")
            .send();
    assertThat(response.status()).isEqualTo(200);
    RecordEvents order = KEYED.rooms.onlyAsked(RecordEvents.class);
    assertThat(order.verifiedUserId()).isEqualTo("ada");
    assertThat(order.trusted()).isFalse();
    assertThat(new String(order.body(), StandardCharsets.UTF_8)).isEqualTo(body.encode());
  }

  @Test
  void words_in_the_body_of_another_route_are_no_credentials() {
    String body = "{\"user_id\":\"ada\",\"writeKey\":\"" + EdgeNode.SK + "\"}";
    assertThat(KEYED.post("/api/auth/user-token", body).send().code())
        .isEqualTo("missing_credentials");
  }

  @Test
  void the_secret_key_and_an_open_node_are_trusted_and_the_publishable_key_is_not() {
    KEYED.post("/api/telemetry/ingest", "[]").bearer(EdgeNode.SK).send();
    KEYED.post("/api/telemetry/ingest", "[]").bearer(EdgeNode.PK).send();
    OPEN.post("/api/telemetry/ingest", "[]").send();
    OPEN.post("/api/telemetry/ingest", "[]").bearer(OPEN.token("ada")).send();

    assertThat(KEYED.rooms.asked(RecordEvents.class))
        .extracting(RecordEvents::trusted)
        .containsExactly(true, false);
    assertThat(OPEN.rooms.asked(RecordEvents.class))
        .extracting(RecordEvents::trusted)
        .containsExactly(true, false);
    assertThat(OPEN.rooms.asked(RecordEvents.class))
        .extracting(order -> String.valueOf(order.verifiedUserId()))
        .containsExactly("null", "ada");
  }

  @Test
  void a_user_token_is_checked_in_both_modes() {
    String expired = KEYED.token("ada", Duration.ofSeconds(-31));
    String forged = KEYED.token("ada") + "x";
    for (String token : new String[] {expired, forged, "eyJh.eyJh.x"}) {
      Response keyed =
          KEYED.get("/api/prompts").bearer(token).header("X-API-Key", EdgeNode.PK).send();
      Response open = OPEN.get("/api/flags/definitions").bearer(token).send();
      assertThat(keyed.status()).isEqualTo(401);
      assertThat(keyed.code()).isEqualTo("invalid_token");
      assertThat(open.status()).isEqualTo(401);
      assertThat(open.code()).isEqualTo("invalid_token");
    }
  }

  @Test
  void another_users_entitlement_looks_like_one_that_does_not_exist() {
    for (EdgeNode node : new EdgeNode[] {KEYED, OPEN}) {
      Response other = node.get("/api/billing/entitlements/bob").page("ada").send();
      Response none = node.get("/api/billing/entitlements/nobody").page("ada").send();
      assertThat(other.status()).isEqualTo(404);
      assertThat(other.code()).isEqualTo("unknown_user");
      JsonObject otherBody = other.json();
      JsonObject noneBody = none.json();
      otherBody.remove("request_id");
      noneBody.remove("request_id");
      assertThat(otherBody).isEqualTo(noneBody);
    }
    assertThat(KEYED.rooms.asked(Object.class)).isEmpty();
  }

  @Test
  void a_check_of_another_user_looks_like_one_of_nobody_and_asks_no_room() {
    for (EdgeNode node : new EdgeNode[] {KEYED, OPEN}) {
      for (String id : new String[] {"bob", "nobody", "Ada", "ada ", "ada\\u0000"}) {
        Response other =
            node.post(
                    "/api/entitlements/check",
                    "{\"user_id\":\"" + id + "\",\"feature\":\"export\"}")
                .page("ada")
                .send();
        assertThat(other.status()).as(id).isEqualTo(404);
        assertThat(other.code()).isEqualTo("unknown_user");
      }
      assertThat(node.rooms.asked(Object.class)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ada%2F..%2Fbob", "..%2Fbob", "bob%00", "ada%20", "Ada", "ad%61x"})
  void no_spelling_of_another_users_id_is_ones_own(String id) {
    assertThat(KEYED.get("/api/billing/entitlements/" + id).page("ada").send().status())
        .isEqualTo(404);
    assertThat(KEYED.rooms.asked(Object.class)).isEmpty();
  }

  @Test
  void an_acknowledgement_is_always_the_token_owners() {
    KEYED.post("/api/prompts/p1/shown", "{\"user_id\":\"bob\"}").page("ada").send();
    assertThat(KEYED.rooms.onlyAsked(AcknowledgePrompt.class))
        .isEqualTo(new AcknowledgePrompt("ada", "p1", AcknowledgePrompt.Action.SHOWN));
  }

  @Test
  void an_open_node_says_which_token_a_route_of_users_wants() {
    Response response = OPEN.get("/api/prompts").send();
    assertThat(response.status()).isEqualTo(401);
    assertThat(response.code()).isEqualTo("user_token_required");
  }

  @Test
  void the_demo_is_absent_from_a_node_with_keys() {
    for (String path : new String[] {"/", "/demo", "/demo/", "/demo/index.html"}) {
      assertThat(KEYED.get(path).bearer(EdgeNode.SK).send().status()).isEqualTo(404);
    }
    assertThat(KEYED.post("/demo/api/upgrade", "{}").bearer(EdgeNode.SK).send().status())
        .isEqualTo(404);
  }
}
