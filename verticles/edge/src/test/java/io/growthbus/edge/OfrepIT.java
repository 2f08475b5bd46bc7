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
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
  @ValueSource(strings = {"no%20flag", "a%2Fb", "%3Cb%3E", "caf%C3%A9"})
  void a_key_that_no_flag_can_have_is_not_found_and_not_asked_for(String key) {
    Response answer = ask(ALL + "/" + key, EdgeNode.SK, "{}");

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.json().getString("errorCode")).isEqualTo("FLAG_NOT_FOUND");
    assertThat(NODE.rooms.asked(EvaluateFlag.class)).isEmpty();
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

  @Test
  void every_refusal_is_a_json_object_with_an_error_code() {
    NODE.rooms.refuse(
        Channels.EVALUATE_FLAGS,
        new RoomException(ErrorKind.UNAVAILABLE, "room_timeout", "Try again."));
    Response busy = ask(ALL, EdgeNode.SK, "{}");
    Response unknown = ask(ALL, "wrong", "{}");
    Response operator = ask(ALL, EdgeNode.AK, "{}");

    assertThat(busy.status()).isEqualTo(503);
    assertThat(busy.header("Retry-After")).isNotNull();
    assertThat(unknown.status()).isEqualTo(401);
    assertThat(operator.status()).isEqualTo(403);
    for (Response refusal : new Response[] {busy, unknown, operator}) {
      assertThat(refusal.header("Content-Type")).startsWith("application/json");
      assertThat(refusal.json().getString("errorCode")).isEqualTo("GENERAL");
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
}
