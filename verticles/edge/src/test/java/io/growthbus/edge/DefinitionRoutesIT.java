package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Call;
import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.FieldProblem;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.Definition.Kind;
import io.growthbus.shared.message.ApplyDefinitions;
import io.growthbus.shared.message.DeleteDefinition;
import io.growthbus.shared.message.ListAudit;
import io.growthbus.shared.message.PutDefinition;
import io.growthbus.shared.message.PutSchedule;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Definitions, schedules and the audit as operators reach them. */
class DefinitionRoutesIT {
  private static final EdgeNode NODE = new EdgeNode(EdgeNode.KEYED);
  private static final String FLAG = "/api/admin/flags/beta";

  @BeforeEach
  void forget() {
    NODE.rooms.reset();
  }

  @AfterAll
  static void stop() {
    NODE.close();
  }

  private static Call call(String method, String path, String body) {
    return NODE.call(method, path).body(Buffer.buffer(body)).bearer(EdgeNode.AK);
  }

  @Test
  void an_order_reaches_the_room_as_it_was_written_with_who_gave_it() {
    String body = "{ \"rollout_percentage\": 1.00000000000000000001 }";
    Response answer = call("PUT", FLAG, body).header("If-Match", "\"7\"").send();
    call("DELETE", "/api/admin/holdouts/q4", "").send();

    assertThat(NODE.rooms.onlyAsked(PutDefinition.class))
        .isEqualTo(new PutDefinition(Kind.FLAG, "beta", body, 7L, "operator"));
    assertThat(NODE.rooms.onlyAsked(DeleteDefinition.class))
        .isEqualTo(new DeleteDefinition(Kind.HOLDOUT, "q4", null, "operator"));
    assertThat(answer.json())
        .isEqualTo(
            new JsonObject(
                """
                {"revision":8,"changed":true,"nodes":["a"],"pending":["b"],"applied_at":{"a":3000},
                 "warnings":["Doubtful."],
                 "flag":{"key":"beta","enabled":true,"rollout_percentage":12.5,"target_users":["ada"],
                         "evaluation":"server","source":"api"}}"""));
  }

  @Test
  void a_definition_is_shown_with_its_source_and_a_tag_that_a_change_may_expect() {
    Response shown = call("GET", FLAG, "").send();
    String tag = String.valueOf(shown.header("ETag"));
    call("PUT", FLAG, "{}").header("If-Match", tag).send();

    assertThat(shown.json().getJsonObject("flag").getString("source")).isEqualTo("api");
    assertThat(shown.json().getJsonObject("flag").getLong("updated_at")).isEqualTo(2_000);
    assertThat(NODE.rooms.onlyAsked(PutDefinition.class).expectedRevision()).isEqualTo(7);
    assertThat(call("GET", FLAG, "").header("If-None-Match", tag).send().status()).isEqualTo(304);
  }

  @Test
  void everything_that_a_room_finds_wrong_is_told_with_pointers() {
    NODE.rooms.refuse(
        Channels.PUT_DEFINITION,
        RoomException.invalidFields(
            List.of(
                new FieldProblem("/holdout", "names a holdout that does not exist"),
                new FieldProblem("/rules/0/key", "is missing; write a text"))));

    Response answer = call("PUT", FLAG, "{}").send();

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.code()).isEqualTo("invalid_field");
    assertThat(answer.json().getString("pointer")).isEqualTo("/holdout");
    assertThat(answer.json().getJsonArray("errors"))
        .containsExactly(
            new JsonObject()
                .put("pointer", "/holdout")
                .put("detail", "names a holdout that does not exist"),
            new JsonObject()
                .put("pointer", "/rules/0/key")
                .put("detail", "is missing; write a text"));
  }

  @Test
  void a_conflict_is_409_another_revision_412_and_a_gone_database_503() {
    NODE.rooms.refuse(
        Channels.DELETE_DEFINITION,
        new RoomException(ErrorKind.CONFLICT, "flag_in_use", "The flag top needs it."));
    assertThat(call("DELETE", FLAG, "").send().status()).isEqualTo(409);
    NODE.rooms.refuse(
        Channels.DELETE_DEFINITION,
        new RoomException(ErrorKind.CONFLICT, "revision_mismatch", "Changed."));
    assertThat(call("DELETE", FLAG, "").send().status()).isEqualTo(412);
    NODE.rooms.refuse(
        Channels.DELETE_DEFINITION,
        new RoomException(ErrorKind.UNAVAILABLE, "store_unavailable", "Later."));
    assertThat(call("DELETE", FLAG, "").send().status()).isEqualTo(503);
  }

  @Test
  void a_document_may_be_tried_without_a_change() {
    call("POST", "/api/admin/definitions?dry_run=true", "{\"flags\":{}}").send();

    assertThat(NODE.rooms.onlyAsked(ApplyDefinitions.class))
        .isEqualTo(new ApplyDefinitions("{\"flags\":{}}", null, true, "operator"));
  }

  @Test
  void the_document_is_in_the_form_of_the_file() {
    Response answer = call("GET", "/api/admin/definitions", "").send();

    assertThat(answer.json().fieldNames()).containsExactly("flags");
    assertThat(answer.json().getJsonObject("flags").fieldNames())
        .containsExactly("definitions", "segments", "holdouts");
    assertThat(answer.header("ETag")).startsWith("\"7.");
  }

  @Test
  void a_schedule_is_put_as_it_was_written_and_removed() {
    call("PUT", FLAG + "/schedule", "[1]").send();
    call("DELETE", FLAG + "/schedule", "").send();

    assertThat(NODE.rooms.asked(PutSchedule.class))
        .containsExactly(
            new PutSchedule("beta", "[1]", "operator"), new PutSchedule("beta", null, "operator"));
  }

  @Test
  void a_schedule_may_be_tied_to_a_revision() {
    call("PUT", FLAG + "/schedule", "[1]").header("If-Match", "\"7\"").send();
    call("DELETE", FLAG + "/schedule", "").header("If-Match", "8").send();

    assertThat(NODE.rooms.asked(PutSchedule.class))
        .containsExactly(
            new PutSchedule("beta", "[1]", "operator", 7L),
            new PutSchedule("beta", null, "operator", 8L));
    assertThat(call("DELETE", FLAG + "/schedule", "").header("If-Match", "x").send().code())
        .isEqualTo("invalid_if_match");
  }

  @Test
  void the_audit_is_asked_for_by_thing_and_actor_and_page() {
    Response answer =
        call("GET", "/api/admin/audit?kind=flag&key=beta&actor=file&limit=5&before=9", "").send();

    assertThat(NODE.rooms.onlyAsked(ListAudit.class))
        .isEqualTo(new ListAudit("flag", "beta", "file", 5, 9L));
    assertThat(answer.json().getString("next")).isEqualTo("8");
    assertThat(answer.json().getJsonArray("items").getJsonObject(1).getValue("before")).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"limit=0", "limit=1001", "before=x", "before=0", "colour=1", "kind=a&kind=b"})
  void a_question_that_makes_no_sense_is_refused(String query) {
    assertThat(call("GET", "/api/admin/audit?" + query, "").send().status()).isEqualTo(400);
    assertThat(NODE.rooms.asked(ListAudit.class)).isEmpty();
  }

  @Test
  void a_body_that_is_no_text_is_refused() {
    Response answer =
        NODE.call("PUT", FLAG)
            .body(Buffer.buffer(new byte[] {'{', (byte) 0xff, '}'}))
            .bearer(EdgeNode.AK)
            .send();

    assertThat(answer.code()).isEqualTo("invalid_json");
    assertThat(NODE.rooms.asked(PutDefinition.class)).isEmpty();
  }
}
