package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.edge.core.Proof;
import io.growthbus.shared.message.AcknowledgePrompt;
import io.growthbus.shared.message.EvaluateFlags;
import io.growthbus.shared.message.ListEvents;
import io.growthbus.shared.message.ListPendingPrompts;
import io.growthbus.shared.message.RecordEvents;
import io.growthbus.shared.settings.Secret;
import io.growthbus.shared.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each route asks of its room, and how it says the answer. */
class RoutesIT {
  private static final EdgeNode NODE = new EdgeNode(EdgeNode.KEYED);

  @BeforeEach
  void forget() {
    NODE.rooms.reset();
  }

  @AfterAll
  static void stop() {
    NODE.close();
  }

  private static JsonArray flags(Response response) {
    return response.json().getJsonArray("flags");
  }

  private static List<Object> keys(Response response) {
    return flags(response).stream().map(flag -> ((JsonObject) flag).getValue("key")).toList();
  }

  private static List<?> targets(Response response) {
    return flags(response).getJsonObject(0).getJsonArray("target_users").getList();
  }

  @Test
  void the_verdict_of_the_room_is_the_answer_of_the_ingest() {
    Response response = NODE.post("/api/telemetry/ingest", "[1]").bearer(EdgeNode.SK).send();
    assertThat(response.json())
        .isEqualTo(
            new JsonObject(
                """
                {"accepted":2,"duplicates":1,"rejected":[
                  {"index":3,"event_id":"0192f0c1-2d3e-7a4b-8c5d-6e7f80910203",
                   "code":"wrong_type","message":"Send a text.","pointer":"/name"},
                  {"index":4,"event_id":null,
                   "code":"missing_field","message":"Send an id.","pointer":"/event_id"}],
                 "consent_dropped":1}\
                """));
    RecordEvents order = NODE.rooms.onlyAsked(RecordEvents.class);
    assertThat(new String(order.body(), StandardCharsets.UTF_8)).isEqualTo("[1]");
    assertThat(order.receivedAtMs()).isEqualTo(NODE.clock.millis());
  }

  @Test
  void a_browser_that_wants_nothing_shared_is_heard_on_every_route_of_events() {
    for (String path : List.of("/api/telemetry/ingest", "/v1/batch")) {
      NODE.rooms.reset();
      for (String value : List.of("1", "0")) {
        NODE.post(path, "{\"batch\":[]}").bearer(EdgeNode.SK).header("Sec-GPC", value).send();
      }
      NODE.post(path, "{\"batch\":[]}").bearer(EdgeNode.SK).send();

      assertThat(NODE.rooms.asked(RecordEvents.class))
          .extracting(RecordEvents::gpc)
          .containsExactly(true, false, false);
    }
  }

  @Test
  void consent_in_the_context_beside_the_calls_holds_for_the_batch() {
    NODE.post(
            "/v1/batch",
            "{\"batch\":[],\"context\":{\"consent\":{\"categoryPreferences\":{\"ads\":null}}}}")
        .bearer(EdgeNode.SK)
        .send();

    byte[] body = NODE.rooms.onlyAsked(RecordEvents.class).body();
    assertThat(new String(body, StandardCharsets.UTF_8))
        .isEqualTo("{\"consent\":{\"ads\":null},\"batch\":[]}");
  }

  @Test
  void a_page_sees_flags_of_pages_only_and_no_other_users_id() {
    Response anonymous = NODE.get("/api/flags/definitions").bearer(EdgeNode.PK).send();
    assertThat(anonymous.json().getInteger("version")).isEqualTo(7);
    assertThat(keys(anonymous)).containsExactly("export", "half");
    assertThat(targets(anonymous)).isEmpty();
    assertThat(flags(anonymous).getJsonObject(0).getValue("rollout_percentage")).isEqualTo(50);
    assertThat(flags(anonymous).getJsonObject(0).getInteger("revision")).isEqualTo(5);
    assertThat(flags(anonymous).getJsonObject(1).getValue("rollout_percentage")).isEqualTo(12.5);

    Response named = NODE.get("/api/flags/definitions?user_id=ada").bearer(EdgeNode.PK).send();
    assertThat(targets(named)).isEqualTo(List.of("ada"));
    Response user = NODE.get("/api/flags/definitions?user_id=bob").page("ada").send();
    assertThat(targets(user)).isEqualTo(List.of("ada"));
  }

  @Test
  void the_secret_key_sees_all_definitions() {
    Response response = NODE.get("/api/flags/definitions").bearer(EdgeNode.SK).send();
    assertThat(keys(response)).containsExactly("export", "half", "secret_plan");
    assertThat(targets(response)).isEqualTo(List.of("ada", "bob"));
  }

  @Test
  void definitions_for_everyone_may_be_kept_by_a_cdn_and_those_of_a_user_or_a_server_not() {
    Response page = NODE.get("/api/flags/definitions").bearer(EdgeNode.PK).send();
    assertThat(page.header("Cache-Control")).isEqualTo("public, max-age=60");
    assertThat(page.header("Vary")).contains("Authorization", "X-API-Key", "Origin");
    for (EdgeNode.Call call :
        List.of(
            NODE.get("/api/flags/definitions").bearer(EdgeNode.SK),
            NODE.get("/api/flags/definitions").page("ada"))) {
      assertThat(call.send().header("Cache-Control")).isEqualTo("private, no-cache");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/flags/definitions",
        "/api/billing/entitlements/ada",
        "/api/billing/plans",
        "/openapi.yaml"
      })
  void what_the_caller_has_already_is_not_sent_again(String path) {
    Response first = NODE.get(path).bearer(EdgeNode.SK).send();
    String tag = String.valueOf(first.header("ETag"));
    for (String known : List.of(tag, "W/" + tag, "\"x\", " + tag, "*")) {
      Response again = NODE.get(path).bearer(EdgeNode.SK).header("If-None-Match", known).send();
      assertThat(again.status()).isEqualTo(304);
      assertThat(again.body().length()).isZero();
      assertThat(again.header("ETag")).isEqualTo(tag);
      assertThat(again.header("Cache-Control")).isEqualTo(first.header("Cache-Control"));
    }
    assertThat(NODE.get(path).bearer(EdgeNode.SK).header("If-None-Match", "\"x\"").send().status())
        .isEqualTo(200);
  }

  @Test
  void another_content_has_another_tag() {
    Response page = NODE.get("/api/flags/definitions").bearer(EdgeNode.PK).send();
    Response server = NODE.get("/api/flags/definitions").bearer(EdgeNode.SK).send();
    assertThat(page.header("ETag")).isNotEqualTo(server.header("ETag"));
  }

  @Test
  void an_evaluation_passes_user_attributes_and_keys_on() {
    Response response =
        NODE.post(
                "/api/flags/evaluate",
                "{\"user_id\":\"ada\",\"attributes\":{\"plan\":\"pro\"},\"keys\":[\"export\",\"gone\"]}")
            .bearer(EdgeNode.SK)
            .send();
    assertThat(NODE.rooms.onlyAsked(EvaluateFlags.class))
        .isEqualTo(new EvaluateFlags("ada", Map.of("plan", "pro"), List.of("export", "gone")));
    assertThat(response.json())
        .isEqualTo(
            new JsonObject(
                """
                {"revision":7,"user_id":"ada","flags":{
                  "export":{"value":true,"variant":"on","reason":"SPLIT","revision":7,"rule":"beta","flag_revision":5,
                    "facts":{"entitlement_revision":3,"usage":{"api_calls":40,"tokens":2.5}}},
                  "gone":{"value":false,"variant":null,"reason":"FLAG_NOT_FOUND","revision":7}}}\
                """));
    assertThat(response.header("Cache-Control")).isEqualTo("no-store");
  }

  @Test
  void an_evaluation_is_tracked_when_the_body_says_so() {
    NODE.post("/api/flags/evaluate", "{\"user_id\":\"ada\",\"track\":true}")
        .bearer(EdgeNode.SK)
        .send();

    assertThat(NODE.rooms.onlyAsked(EvaluateFlags.class))
        .isEqualTo(new EvaluateFlags("ada", null, null, false, false, true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"user_id\":\"a\",\"track\":\"yes\"}",
        "{\"user_id\":null}",
        "{\"user_id\":\"\"}",
        "{\"user_id\":7}",
        "{\"user_id\":\"a\",\"keys\":\"export\"}",
        "{\"user_id\":\"a\",\"attributes\":[]}"
      })
  void an_evaluation_that_is_not_well_put_is_refused(String body) {
    Response response = NODE.post("/api/flags/evaluate", body).bearer(EdgeNode.SK).send();
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.code()).isEqualTo("invalid_field");
  }

  @Test
  void pending_prompts_are_those_of_the_token() {
    Response response = NODE.get("/api/prompts?user_id=bob").page("ada").send();
    assertThat(NODE.rooms.onlyAsked(ListPendingPrompts.class).userId()).isEqualTo("ada");
    assertThat(response.json().getJsonArray("prompts").getJsonObject(0))
        .isEqualTo(PromptRoutes.body(FakeRooms.prompt(FakeRooms.PROMPT_ID)));
  }

  @ParameterizedTest
  @EnumSource(AcknowledgePrompt.Action.class)
  void every_action_has_its_address(AcknowledgePrompt.Action action) {
    String word = action.name().toLowerCase(Locale.ROOT);
    Response response = NODE.post("/api/prompts/p%201/" + word, "").page("ada").send();
    assertThat(NODE.rooms.onlyAsked(AcknowledgePrompt.class))
        .isEqualTo(new AcknowledgePrompt("ada", "p 1", action));
    assertThat(response.json())
        .isEqualTo(new JsonObject().put("prompt_id", "p 1").put("state", word));
  }

  @Test
  void a_token_is_made_for_an_hour_unless_the_server_says_otherwise() {
    UserTokens tokens = new UserTokens(NODE.vertx, new Secret(EdgeNode.TOKEN_SECRET), NODE.clock);
    long now = NODE.clock.millis();

    Response usual =
        NODE.post("/api/auth/user-token", "{\"user_id\":\"ada\"}").bearer(EdgeNode.SK).send();
    assertThat(Await.result(tokens.verify(usual.json().getString("token"))))
        .isEqualTo(new Proof("ada", now + 3_600_000));
    assertThat(usual.json().getLong("expires_at")).isEqualTo(now + 3_600_000);
    assertThat(usual.header("Cache-Control")).isEqualTo("no-store");

    Response brief =
        NODE.post("/api/auth/user-token", "{\"user_id\":\"ada\",\"ttl_s\":60}")
            .bearer(EdgeNode.SK)
            .send();
    assertThat(brief.json().getLong("expires_at")).isEqualTo(now + 60_000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"user_id\":\"a\",\"ttl_s\":0}",
        "{\"user_id\":\"a\",\"ttl_s\":86401}",
        "{\"user_id\":\"a\",\"ttl_s\":\"60\"}",
        "{\"user_id\":\"a\",\"role\":\"admin\"}",
        "[]"
      })
  void a_token_is_not_made_from_a_doubtful_order(String body) {
    assertThat(NODE.post("/api/auth/user-token", body).bearer(EdgeNode.SK).send().status())
        .isEqualTo(400);
  }

  @Test
  void the_operators_questions_are_passed_on() {
    Response response =
        NODE.get("/api/admin/events?user_id=ada&name=page&limit=1000&cursor=abc")
            .bearer(EdgeNode.AK)
            .send();
    assertThat(NODE.rooms.onlyAsked(ListEvents.class))
        .isEqualTo(new ListEvents("ada", "page", 1_000, "abc"));
    assertThat(response.json().getString("next")).isEqualTo("older");
    NODE.rooms.reset();
    NODE.get("/api/admin/events").bearer(EdgeNode.AK).send();
    assertThat(NODE.rooms.onlyAsked(ListEvents.class))
        .isEqualTo(new ListEvents(null, null, 100, null));
  }

  @Test
  void tiers_and_the_sdks_settings_come_from_the_configuration() {
    assertThat(NODE.get("/api/billing/plans").bearer(EdgeNode.PK).send().json())
        .isEqualTo(
            new JsonObject(
                """
                {"fallback_tier":"free","tiers":[
                  {"tier":"free","limits":{"api_calls":100},"unlimited":[],"features":[],"prices":[]},
                  {"tier":"pro","limits":{},"unlimited":["api_calls"],"features":["export"],
                    "prices":[{"amount":1900,"currency":"EUR","interval":"month"}]}]}\
                """));
    assertThat(NODE.get("/api/sdk/config").bearer(EdgeNode.PK).send().json())
        .isEqualTo(
            new JsonObject(
                """
                {"schema_version":"1.0.0","batch_size":25,"flush_interval_ms":2000,
                 "consent":{"required":false,"purpose":"analytics"}}\
                """));
  }
}
