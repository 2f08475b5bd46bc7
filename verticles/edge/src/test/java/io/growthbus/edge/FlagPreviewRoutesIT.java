package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.FieldProblem;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.MeasureImpact;
import io.growthbus.shared.message.PreviewFlag;
import io.growthbus.shared.message.PreviewFlag.Context;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FlagPreviewRoutesIT {
  private static final EdgeNode NODE = new EdgeNode(EdgeNode.OPEN);
  private static final String FLAG = "/api/admin/flags/export";

  @AfterAll
  static void stop() {
    NODE.close();
  }

  @BeforeEach
  void reset() {
    NODE.rooms.reset();
  }

  @Test
  void a_definition_reaches_the_room_as_it_was_written_with_every_context() {
    Response answer =
        NODE.post(
                FLAG + "/preview",
                """
                {"contexts": [{"user_id": "ada", "attributes": {"usage": {"api_calls": 40}}}, {}],
                 "definition": {"rollout_percentage":  12.50}}\
                """)
            .send();

    assertThat(NODE.rooms.onlyAsked(PreviewFlag.class))
        .isEqualTo(
            new PreviewFlag(
                "export",
                "{\"rollout_percentage\":  12.50}",
                List.of(
                    new Context("ada", Map.of("usage", Map.of("api_calls", 40))),
                    new Context(null, null))));
    assertThat(answer.json())
        .isEqualTo(
            new JsonObject(
                """
                {"revision": 7, "answers": [
                  {"current": {"value": true, "variant": "on", "reason": "SPLIT", "revision": 7, "rule": "beta", "flag_revision": 5,
                     "facts": {"entitlement_revision": 3, "usage": {"api_calls": 40, "tokens": 2.5}}},
                   "proposed": {"value": false, "variant": null, "reason": "FLAG_NOT_FOUND", "revision": 7}},
                  {"current": {"value": false, "variant": null, "reason": "FLAG_NOT_FOUND", "revision": 7}}]}\
                """));
  }

  @Test
  void everything_that_is_wrong_with_the_body_is_said_at_once() {
    Response answer =
        NODE.post(
                FLAG + "/preview",
                """
                {"contexts": [7, {"user_id": ""}, {"attributes": []}, {"user": "x"}], "definition": [], "colour": 1}\
                """)
            .send();

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().getJsonArray("errors").stream())
        .extracting(error -> ((JsonObject) error).getString("pointer"))
        .containsExactlyInAnyOrder(
            "/colour",
            "/definition",
            "/contexts/0",
            "/contexts/1/user_id",
            "/contexts/2/attributes",
            "/contexts/3");
    assertThat(NODE.rooms.asked(PreviewFlag.class)).isEmpty();
  }

  @Test
  void there_may_be_a_thousand_contexts_and_no_more() {
    String some = "{},".repeat(999) + "{}";
    assertThat(NODE.post(FLAG + "/preview", "{\"contexts\":[" + some + "]}").send().status())
        .isEqualTo(200);
    assertThat(NODE.post(FLAG + "/preview", "{\"contexts\":[" + some + ",{}]}").send().status())
        .isEqualTo(400);
    assertThat(NODE.post(FLAG + "/preview", "{}").send().status()).isEqualTo(400);
  }

  @Test
  void a_definition_that_the_room_refuses_is_refused_with_its_words() {
    NODE.rooms.refuse(
        Channels.MEASURE_IMPACT,
        RoomException.invalid(
            "invalid_flag",
            List.of(
                new FieldProblem("/definition/on", "names nothing"),
                new FieldProblem("/definition/rules/0/key", "must be a text"))));
    Response answer = NODE.post(FLAG + "/impact", "{\"definition\":{\"on\":\"x\"}}").send();

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.code()).isEqualTo("invalid_flag");
    assertThat(answer.json().getJsonArray("errors"))
        .extracting(error -> ((JsonObject) error).getString("pointer"))
        .containsExactly("/definition/on", "/definition/rules/0/key");
  }

  @Test
  void an_impact_says_how_many_were_looked_at_and_what_changes_for_how_many() {
    Response answer = NODE.post(FLAG + "/impact", "{\"definition\":{\"enabled\":true}}").send();

    assertThat(NODE.rooms.onlyAsked(MeasureImpact.class))
        .isEqualTo(new MeasureImpact("export", "{\"enabled\":true}"));
    assertThat(answer.json())
        .isEqualTo(
            new JsonObject(
                """
                {"revision": 7, "users": 1000, "known_users": 5000, "more_users": true, "changed": 3, "unknown": 2,
                 "changes": [{"from": {"variant": null, "reason": "FLAG_NOT_FOUND"},
                              "to": {"variant": "on", "reason": "TARGETING_MATCH"}, "users": 3}]}\
                """));
  }
}
