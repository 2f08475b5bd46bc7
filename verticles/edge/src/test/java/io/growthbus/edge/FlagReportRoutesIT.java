package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.message.EvaluateFlag;
import io.growthbus.shared.message.EvaluateFlagAt;
import io.growthbus.shared.message.FlagAnswer;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an operator asks about flags. */
class FlagReportRoutesIT {
  private static final EdgeNode NODE = new EdgeNode(EdgeNode.KEYED);

  @BeforeEach
  void forget() {
    NODE.rooms.reset();
  }

  @AfterAll
  static void stop() {
    NODE.close();
  }

  private static Response evaluate(String body) {
    return NODE.call("POST", "/api/admin/evaluate")
        .body(Buffer.buffer(body))
        .bearer(EdgeNode.AK)
        .send();
  }

  @Test
  void the_report_says_where_a_flag_is_evaluated_and_who_asks_for_unknown_ones() {
    Response response = NODE.get("/api/admin/flag-report").bearer(EdgeNode.AK).send();

    assertThat(response.json())
        .isEqualTo(
            new JsonObject(
                """
                {"revision": 7, "unused_since_days": 30, "counted_since": 1000,
                 "definitions_fetched_at": 2000,
                 "stale": [
                   {"key": "old", "evaluated_in": "server", "last_evaluated_at": null, "changed_at": 500},
                   {"key": "page", "evaluated_in": "browser", "last_evaluated_at": 600, "changed_at": 500}],
                 "unknown": [{"key": "exprot", "count": 12, "last_asked_at": 3000,
                              "asked_by": ["browser", "server"]}]}
                """));
  }

  @Test
  void an_evaluation_now_is_asked_for_as_any_other() {
    Response response =
        evaluate("{\"flag\":\"export\",\"user_id\":\"ada\",\"attributes\":{\"seats\":3}}");

    assertThat(NODE.rooms.onlyAsked(EvaluateFlag.class))
        .isEqualTo(new EvaluateFlag("export", "ada", Map.of("seats", 3)));
    assertThat(response.json())
        .isEqualTo(
            new JsonObject(
                """
                {"flag": "export", "user_id": "ada", "at": null, "value": true, "variant": "on",
                 "reason": "SPLIT", "rule": "beta", "revision": 7, "in_force": null,
                 "missing_facts": []}
                """));
  }

  @Test
  void an_evaluation_in_the_past_shows_the_definition_that_was_in_force() {
    Response response = evaluate("{\"flag\":\"export\",\"at\":1500}");

    assertThat(NODE.rooms.onlyAsked(EvaluateFlagAt.class))
        .isEqualTo(new EvaluateFlagAt("export", null, Map.of(), 1_500));
    assertThat(response.json().getJsonObject("in_force"))
        .isEqualTo(
            new JsonObject(
                """
                {"valid_from": 1000, "valid_to": null, "source": "api",
                 "definition": {"key": "export", "enabled": true, "rollout_percentage": 50,
                                "target_users": ["ada"], "evaluation": "server"}}
                """));
    assertThat(response.json().getJsonArray("missing_facts"))
        .isEqualTo(new JsonArray().add("tier"));
  }

  @Test
  void everything_that_is_wrong_with_a_question_is_said_at_once() {
    Response response = evaluate("{\"user_id\":\"\",\"attributes\":[],\"at\":1.5,\"when\":1}");

    assertThat(response.status()).isEqualTo(400);
    assertThat(response.json().getJsonArray("errors").stream())
        .extracting(error -> ((JsonObject) error).getString("pointer"))
        .containsExactlyInAnyOrder("/when", "/flag", "/user_id", "/attributes", "/at");
    assertThat(NODE.rooms.asked(EvaluateFlag.class)).isEmpty();
  }

  @Test
  void a_number_beyond_all_bounds_is_refused_and_not_an_accident() {
    for (String at : List.of("-1", "1e3", "9".repeat(40), "\"1\"")) {
      assertThat(evaluate("{\"flag\":\"export\",\"at\":" + at + "}").status())
          .as(at)
          .isEqualTo(400);
    }
  }

  @Test
  void an_unknown_flag_is_not_found() {
    NODE.rooms.answer(
        Channels.EVALUATE_FLAG,
        question -> Future.succeededFuture(new FlagAnswer(false, null, "FLAG_NOT_FOUND", 7)));

    Response response = evaluate("{\"flag\":\"exprot\"}");

    assertThat(response.status()).isEqualTo(404);
    assertThat(response.json().getString("code")).isEqualTo("unknown_flag");
  }
}
