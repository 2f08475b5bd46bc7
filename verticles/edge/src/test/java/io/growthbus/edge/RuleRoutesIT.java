package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.FieldProblem;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.DeleteRule;
import io.growthbus.shared.message.PutRule;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The operator's routes of rules. */
class RuleRoutesIT {
  private static final EdgeNode NODE = new EdgeNode(EdgeNode.OPEN);
  private static final String RULE = "/api/admin/rules/api_calls";

  @AfterAll
  static void stop() {
    NODE.close();
  }

  @BeforeEach
  void reset() {
    NODE.rooms.reset();
  }

  private static EdgeNode.Call put(String body) {
    return NODE.call("PUT", RULE).body(Buffer.buffer(body));
  }

  @Test
  void a_rule_shows_its_definition_where_it_came_from_and_the_revision_of_all() {
    Response answer = NODE.get(RULE).send();

    assertThat(answer.json())
        .isEqualTo(
            new JsonObject(
                """
                {"revision": 7, "rule": {"key": "api_calls", "meter": "api_calls", "thresholds": [50],
                 "source": "api", "updated_at": 1795530000000}}
                """));
    String tag = Objects.requireNonNull(answer.header("ETag"));
    assertThat(tag).startsWith("\"7.");
    assertThat(NODE.get(RULE).header("If-None-Match", tag).send().status()).isEqualTo(304);
    assertThat(NODE.get("/api/admin/rules").send().json().getJsonArray("rules")).hasSize(1);
  }

  @Test
  void an_order_reaches_the_room_as_it_was_written_with_the_revision_it_expects() {
    String body = "{\"meter\":\"api_calls\",\"thresholds\":[50, {\"percent\":80}]}";
    Response answer = put(body).header("If-Match", "\"7\"").send();

    assertThat(answer.json().getInteger("revision")).isEqualTo(8);
    assertThat(answer.json().getBoolean("changed")).isTrue();
    assertThat(answer.json().getJsonArray("nodes")).containsExactly("a");
    assertThat(answer.json().getJsonArray("pending")).containsExactly("b");
    assertThat(answer.json().getJsonArray("warnings")).containsExactly("It is doubtful.");
    assertThat(answer.json().getJsonObject("rule").getString("key")).isEqualTo("api_calls");
    assertThat(NODE.rooms.onlyAsked(PutRule.class))
        .isEqualTo(new PutRule("api_calls", body, 7L, "operator"));

    assertThat(NODE.call("DELETE", RULE).send().json().containsKey("rule")).isFalse();
    assertThat(NODE.rooms.onlyAsked(DeleteRule.class))
        .isEqualTo(new DeleteRule("api_calls", null, "operator"));
  }

  @Test
  void a_rule_that_names_what_is_not_there_is_422_with_every_place() {
    List<FieldProblem> wrong =
        List.of(new FieldProblem("/meter", "names no meter"), new FieldProblem("/flag", "no flag"));
    NODE.rooms.refuse(
        Channels.PUT_RULE,
        new RoomException(ErrorKind.INVALID, "unknown_reference", "No.", "/meter", wrong));

    Response answer = put("{}").send();

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.json().getString("code")).isEqualTo("unknown_reference");
    assertThat(answer.json().getString("pointer")).isEqualTo("/meter");
    assertThat(answer.json().getJsonArray("errors").stream())
        .extracting(error -> ((JsonObject) error).getString("pointer"))
        .containsExactly("/meter", "/flag");
  }

  @Test
  void another_revision_is_412_every_other_conflict_409_and_no_database_503() {
    NODE.rooms.refuse(
        Channels.PUT_RULE, new RoomException(ErrorKind.CONFLICT, "revision_mismatch", "Changed."));
    assertThat(put("{}").send().status()).isEqualTo(412);
    NODE.rooms.refuse(
        Channels.DELETE_RULE, new RoomException(ErrorKind.CONFLICT, "rule_in_file", "In file."));
    assertThat(NODE.call("DELETE", RULE).send().status()).isEqualTo(409);
    NODE.rooms.refuse(
        Channels.PUT_RULE, new RoomException(ErrorKind.UNAVAILABLE, "store_unavailable", "Later."));
    Response down = put("{}").send();
    assertThat(down.status()).isEqualTo(503);
    assertThat(down.header("Retry-After")).isNotNull();
  }
}
