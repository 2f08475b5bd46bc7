package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.EvaluateFlag;
import io.growthbus.shared.message.EvaluateFlags;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagAnswers;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OfrepIT {
  private static final EdgeNode NODE = new EdgeNode(EdgeNode.KEYED);
  private static final String ALL = "/ofrep/v1/evaluate/flags";

  @BeforeEach
  void forget() {
    NODE.rooms.reset();
  }

  @AfterAll
  static void stop() {
    NODE.close();
  }

  private static Response ask(String path, String key, String body) {
    return NODE.post(path, body).bearer(key).send();
  }

  private static void answerOne(FlagAnswer answer) {
    NODE.rooms.answer(Channels.EVALUATE_FLAG, question -> Future.succeededFuture(answer));
  }

  @Test
  void an_answer_has_value_reason_variant_and_flat_metadata() {
    Response answer =
        ask(
            ALL + "/export",
            EdgeNode.SK,
            "{\"context\":{\"targetingKey\":\"ada\",\"plan\":\"x\"}}");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json())
        .isEqualTo(
            new JsonObject(
                "{\"key\":\"export\",\"value\":true,\"reason\":\"SPLIT\",\"variant\":\"on\","
                    + "\"metadata\":{\"revision\":7,\"rule\":\"beta\",\"flag_revision\":5,"
                    + "\"entitlement_revision\":3,\"usage.api_calls\":40,\"usage.tokens\":2.5}}"));
    assertThat(NODE.rooms.onlyAsked(EvaluateFlag.class))
        .isEqualTo(new EvaluateFlag("export", "ada", Map.of("plan", "x")));
  }

  @Test
  void a_flag_that_depends_on_a_user_asked_for_nobody_is_an_error_of_the_context() {
    answerOne(new FlagAnswer(false, "off", "TARGETING_KEY_MISSING", 7));

    Response answer = ask(ALL + "/export", EdgeNode.SK, "{\"context\":{\"targetingKey\":\"\"}}");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().getString("errorCode")).isEqualTo("TARGETING_KEY_MISSING");
    assertThat(answer.json().getString("key")).isEqualTo("export");
    assertThat(answer.json().containsKey("value")).isFalse();
    assertThat(NODE.rooms.onlyAsked(EvaluateFlag.class).userId()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "no%20flag",
        "a%2Fb",
        "a/b",
        "%3Cb%3E",
        "caf%C3%A9",
        "export%00",
        "",
        "%20",
        "export/",
        "%2e%2e%2fexport"
      })
  void a_key_that_no_flag_can_have_is_not_found_and_not_asked_for(String key) {
    Response answer = ask(ALL + "/" + key, EdgeNode.SK, "{}");

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.json().getString("errorCode")).isEqualTo("FLAG_NOT_FOUND");
    assertThat(NODE.rooms.asked(Object.class)).isEmpty();
  }

  @Test
  void a_key_has_at_most_128_characters() {
    assertThat(ask(ALL + "/" + "k".repeat(128), EdgeNode.SK, "{}").status()).isEqualTo(200);
    assertThat(ask(ALL + "/" + "k".repeat(129), EdgeNode.SK, "{}").status()).isEqualTo(404);
  }

  @Test
  void a_key_may_be_written_with_escapes() {
    assertThat(ask(ALL + "/exp%6Frt", EdgeNode.SK, "{}").status()).isEqualTo(200);
    assertThat(NODE.rooms.onlyAsked(EvaluateFlag.class).key()).isEqualTo("export");
  }

  @Test
  void an_unknown_flag_is_not_found() {
    answerOne(new FlagAnswer(false, null, "FLAG_NOT_FOUND", 7));

    assertThat(ask(ALL + "/export", EdgeNode.PK, "{}").status()).isEqualTo(404);
  }

  @Test
  void a_page_sees_client_flags_and_cannot_say_which_tier_it_has() {
    String body =
        "{\"context\":{\"targetingKey\":\"u\",\"tier\":\"pro\",\"usage.api_calls\":1,\"limits\":{},\"tiers\":1}}";
    ask(ALL + "/export", EdgeNode.PK, body);
    ask(ALL, EdgeNode.PK, body);

    assertThat(NODE.rooms.onlyAsked(EvaluateFlag.class))
        .isEqualTo(new EvaluateFlag("export", "u", Map.of("tiers", 1), true, true, false));
    assertThat(NODE.rooms.onlyAsked(EvaluateFlags.class))
        .isEqualTo(new EvaluateFlags("u", Map.of("tiers", 1), null, true, true, false));
  }

  @Test
  void only_a_token_of_the_very_user_proves_who_is_asked_about() {
    String ada = "{\"context\":{\"targetingKey\":\"ada\"}}";
    NODE.post(ALL + "/export", ada).page("ada").send();
    NODE.post(ALL + "/export", ada).page("bob").send();
    NODE.post(ALL + "/export", "{}").page("ada").send();
    NODE.post(ALL + "/export", ada).bearer(EdgeNode.PK).send();
    NODE.post(ALL + "/export", ada).bearer(EdgeNode.SK).send();

    assertThat(NODE.rooms.asked(EvaluateFlag.class))
        .extracting(EvaluateFlag::unproven)
        .containsExactly(false, true, true, true, false);
    assertThat(NODE.rooms.asked(EvaluateFlag.class))
        .extracting(EvaluateFlag::clientOnly)
        .containsExactly(true, true, true, true, false);
  }

  @Test
  void answers_are_tracked_when_the_header_says_so_and_never_by_the_context() {
    String ada = "{\"context\":{\"targetingKey\":\"ada\",\"track\":true}}";
    NODE.post(ALL + "/export", ada).page("ada").header("X-Growthbus-Track", "true").send();
    NODE.post(ALL + "/export", ada).page("ada").header("X-Growthbus-Track", "no").send();
    NODE.post(ALL + "/export", ada).page("ada").send();
    NODE.post(ALL, ada).bearer(EdgeNode.SK).header("X-Growthbus-Track", "true").send();

    assertThat(NODE.rooms.asked(EvaluateFlag.class))
        .extracting(EvaluateFlag::track)
        .containsExactly(true, false, false);
    assertThat(NODE.rooms.onlyAsked(EvaluateFlags.class).track()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "null", "nonsense"})
  void a_body_that_is_no_object_is_a_parse_error(String body) {
    Response answer = ask(ALL, EdgeNode.SK, body);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().getString("errorCode")).isEqualTo("PARSE_ERROR");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"context\":[]}", "{\"context\":{\"targetingKey\":7}}"})
  void a_context_that_is_none_is_said_to_be_invalid(String body) {
    Response answer = ask(ALL + "/export", EdgeNode.SK, body);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().getString("errorCode")).isEqualTo("INVALID_CONTEXT");
  }

  private static RoomException refusal(ErrorKind kind) {
    return new RoomException(kind, "some_code", "Some text.");
  }

  private static void refuse(ErrorKind kind) {
    NODE.rooms.refuse(Channels.EVALUATE_FLAGS, refusal(kind));
    NODE.rooms.refuse(Channels.EVALUATE_FLAG, refusal(kind));
  }

  @ParameterizedTest
  @CsvSource({
    "POST, '', sk, '{', 400, PARSE_ERROR",
    "POST, '', sk, context=1, 400, PARSE_ERROR",
    "POST, '', sk, '[]', 400, PARSE_ERROR",
    "POST, '', sk, '{\"context\":7}', 400, INVALID_CONTEXT",
    "POST, /export, sk, '{', 400, PARSE_ERROR",
    "POST, /export, sk, '{\"context\":{\"targetingKey\":[]}}', 400, INVALID_CONTEXT",
    "POST, /%zz, sk, '{}', 400, PARSE_ERROR",
    "POST, '', none, '{}', 401, GENERAL",
    "POST, '', wrong, '{}', 401, GENERAL",
    "POST, /export, none, '{}', 401, GENERAL",
    "POST, '', admin, '{}', 403, GENERAL",
    "POST, /export, admin, '{}', 403, GENERAL",
    "POST, /no%20flag, sk, '{}', 404, FLAG_NOT_FOUND",
    "POST, /a/b, sk, '{}', 404, FLAG_NOT_FOUND",
    "GET, '', sk, '', 405, GENERAL",
    "DELETE, /export, sk, '', 405, GENERAL",
    "POST, '', sk, large, 413, GENERAL",
    "POST, /export, sk, large, 413, GENERAL",
  })
  void every_failure_is_a_json_object_with_an_error_code(
      String method, String path, String key, String body, int status, String errorCode) {
    EdgeNode.Call call =
        NODE.call(method, ALL + path)
            .body(Buffer.buffer(body.equals("large") ? "x".repeat(70_000) : body));
    if (!key.equals("none")) {
      call.bearer(key.equals("sk") ? EdgeNode.SK : key.equals("admin") ? EdgeNode.AK : "wrong");
    }
    isFailure(call.send(), status, errorCode);
    assertThat(NODE.rooms.asked(Object.class)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"TOO_MANY, 429", "INTERNAL, 500", "UNAVAILABLE, 503"})
  void a_failure_of_the_room_is_one_too(ErrorKind kind, int status) {
    refuse(kind);
    for (String path : new String[] {ALL, ALL + "/export"}) {
      Response answer = ask(path, EdgeNode.SK, "{}");
      isFailure(answer, status, "GENERAL");
      assertThat(answer.header("Retry-After") != null).isEqualTo(status != 500);
    }
    assertThat(ask(ALL + "/export", EdgeNode.SK, "{}").json().getString("key")).isEqualTo("export");
  }

  @Test
  void what_nobody_expected_is_one_too_and_says_nothing_of_itself() {
    NODE.rooms.answer(
        Channels.EVALUATE_FLAGS,
        question -> {
          throw new IllegalStateException("password of the database");
        });

    Response answer = ask(ALL, EdgeNode.SK, "{}");

    isFailure(answer, 500, "GENERAL");
    assertThat(answer.body().toString()).doesNotContain("password", "IllegalState");
  }

  @Test
  void an_address_beside_the_protocols_is_one_too() {
    isFailure(NODE.get("/ofrep/v1/nothing").send(), 404, "GENERAL");
    isFailure(
        NODE.post(ALL, "{}").bearer(EdgeNode.PK).header("Origin", "https://evil.example").send(),
        403,
        "GENERAL");
  }

  private static void isFailure(Response answer, int status, String errorCode) {
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.header("Content-Type")).startsWith("application/json");
    assertThat(answer.json().getString("errorCode")).isEqualTo(errorCode);
    assertThat(answer.json().getString("errorDetails")).isNotBlank();
  }

  @Test
  void the_label_of_a_body_does_not_count() {
    for (String type : new String[] {"text/plain", "application/x-www-form-urlencoded"}) {
      Response answer =
          NODE.post(ALL, "{}").bearer(EdgeNode.PK).header("Content-Type", type).send();
      assertThat(answer.status()).isEqualTo(200);
    }
  }

  @Test
  void one_flag_without_a_unit_is_a_failure_among_the_items() {
    Map<String, FlagAnswer> answers = new LinkedHashMap<>();
    answers.put("a", new FlagAnswer("blue", "b", "TARGETING_MATCH", 9, "r1"));
    answers.put("b", new FlagAnswer(false, "off", "TARGETING_KEY_MISSING", 9));
    NODE.rooms.answer(
        Channels.EVALUATE_FLAGS, question -> Future.succeededFuture(new FlagAnswers(9, answers)));

    JsonArray items = ask(ALL, EdgeNode.SK, "{\"context\":{}}").json().getJsonArray("flags");

    assertThat(items.getJsonObject(0).getString("value")).isEqualTo("blue");
    assertThat(items.getJsonObject(1).getString("errorCode")).isEqualTo("TARGETING_KEY_MISSING");
  }

  @Test
  void a_tag_is_good_for_one_context_only() {
    String ada = "{\"context\":{\"targetingKey\":\"ada\",\"plan\":\"a\"}}";
    String tag = Objects.requireNonNull(ask(ALL, EdgeNode.PK, ada).header("ETag"));

    Response same = NODE.post(ALL, ada).bearer(EdgeNode.PK).header("If-None-Match", tag).send();
    Response other =
        NODE.post(ALL, ada.replace("\"a\"", "\"b\""))
            .bearer(EdgeNode.PK)
            .header("If-None-Match", tag)
            .send();

    assertThat(same.status()).isEqualTo(304);
    assertThat(same.header("ETag")).isEqualTo(tag);
    assertThat(other.status()).isEqualTo(200);
    assertThat(other.header("ETag")).isNotEqualTo(tag);
  }

  @Test
  void a_tag_is_compared_as_a_whole_in_a_list_and_with_a_star() {
    String tag = Objects.requireNonNull(ask(ALL, EdgeNode.PK, "{}").header("ETag"));
    for (String known : new String[] {tag, "W/" + tag, "\"x\", " + tag + " , \"y\"", "*"}) {
      Response same =
          NODE.post(ALL, "{}").bearer(EdgeNode.PK).header("If-None-Match", known).send();
      assertThat(same.status()).as(known).isEqualTo(304);
      assertThat(same.header("ETag")).isEqualTo(tag);
      assertThat(same.body().length()).isZero();
    }
    for (String other : new String[] {"\"x\"", tag.replace("\"", ""), ""}) {
      assertThat(
              NODE.post(ALL, "{}")
                  .bearer(EdgeNode.PK)
                  .header("If-None-Match", other)
                  .send()
                  .status())
          .as(other)
          .isEqualTo(200);
    }
  }

  @Test
  void a_tag_changes_with_the_answers_and_with_the_revision() {
    String tag = Objects.requireNonNull(ask(ALL, EdgeNode.PK, "{}").header("ETag"));
    Map<String, FlagAnswer> answers = Map.of("export", new FlagAnswer(true, "on", "SPLIT", 7));
    NODE.rooms.answer(
        Channels.EVALUATE_FLAGS, question -> Future.succeededFuture(new FlagAnswers(7, answers)));
    String fewer = Objects.requireNonNull(ask(ALL, EdgeNode.PK, "{}").header("ETag"));
    NODE.rooms.answer(
        Channels.EVALUATE_FLAGS, question -> Future.succeededFuture(new FlagAnswers(8, answers)));
    String later = Objects.requireNonNull(ask(ALL, EdgeNode.PK, "{}").header("ETag"));

    assertThat(Set.of(tag, fewer, later)).hasSize(3);
  }

  @Test
  void a_page_of_another_origin_may_send_what_clients_send_and_read_the_tag() {
    Response preflight =
        NODE.call("OPTIONS", ALL)
            .header("Origin", EdgeNode.APP)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization,content-type,if-none-match")
            .send();
    assertThat(preflight.status()).isEqualTo(204);
    assertThat(preflight.header("Access-Control-Max-Age")).isEqualTo("600");
    assertThat(preflight.header("Access-Control-Allow-Headers"))
        .contains("authorization", "content-type", "if-none-match", "x-api-key", "last-event-id");

    Response answer =
        NODE.post(ALL, "{}").bearer(EdgeNode.PK).header("Origin", EdgeNode.APP).send();
    assertThat(answer.header("Access-Control-Expose-Headers")).contains("ETag");
  }

  @Test
  void a_number_with_a_fraction_keeps_its_point() {
    answerOne(new FlagAnswer(1.0, "one", "STATIC", 7));

    assertThat(ask(ALL + "/ratio", EdgeNode.SK, "{}").body().toString()).contains("\"value\":1.0,");
  }

  @Test
  void half_of_a_surrogate_pair_reaches_the_room_as_it_was_escaped() {
    Response answer = ask(ALL, EdgeNode.SK, "{\"context\":{\"targetingKey\":\"a\\ud83d\"}}");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(NODE.rooms.onlyAsked(EvaluateFlags.class).userId()).isEqualTo("a\ud83d");
  }

  @Test
  void a_client_that_asks_for_http_2_without_tls_gets_it() throws Exception {
    HttpResponse<String> answer =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_2)
            .build()
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + NODE.port() + ALL + "/export"))
                    .header("Authorization", "Bearer " + EdgeNode.SK)
                    .POST(HttpRequest.BodyPublishers.ofString("{}"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());

    assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
    assertThat(new JsonObject(answer.body()).getBoolean("value")).isTrue();
  }
}
