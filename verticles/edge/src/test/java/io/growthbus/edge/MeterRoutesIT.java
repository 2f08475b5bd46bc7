package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.DeleteMeter;
import io.growthbus.shared.message.PutMeter;
import io.growthbus.shared.message.ReadUsage;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The operator's routes of meters. */
class MeterRoutesIT {
  private static final EdgeNode NODE = new EdgeNode(EdgeNode.OPEN);
  private static final String METER = "/api/admin/meters/api_calls";

  @AfterAll
  static void stop() {
    NODE.close();
  }

  @BeforeEach
  void reset() {
    NODE.rooms.reset();
  }

  private static EdgeNode.Call put(String body) {
    return NODE.call("PUT", METER).body(Buffer.buffer(body));
  }

  @Test
  void a_meter_shows_its_definition_and_how_far_it_has_counted() {
    Response answer = NODE.get(METER).send();

    assertThat(answer.json().getInteger("revision")).isEqualTo(7);
    assertThat(answer.json().getJsonObject("meter"))
        .isEqualTo(
            new JsonObject(
                """
                {"key":"api_calls","event":"api_call","filter":{"status_code":{"lt":400}},"sum":"tokens",
                 "subject":"user","period":"month","source":"api","since_revision":5,
                 "backfill":{"state":"counting","days_done":3,"days_total":30}}
                """));
    String tag = Objects.requireNonNull(answer.header("ETag"));
    assertThat(tag).startsWith("\"7.");
    assertThat(NODE.get(METER).header("If-None-Match", tag).send().status()).isEqualTo(304);
  }

  @Test
  void an_order_reaches_the_room_as_it_was_written_with_the_revision_it_expects() {
    String body =
        "{\"event\":\"api_call\",\"filter\":{\"n\":0.10000000000000000001},\"reset\":true}";
    Response answer = put(body).header("If-Match", "\"7\"").send();

    assertThat(answer.json().getInteger("revision")).isEqualTo(8);
    assertThat(answer.json().getJsonArray("nodes")).containsExactly("a");
    assertThat(answer.json().getJsonArray("pending")).containsExactly("b");
    assertThat(NODE.rooms.onlyAsked(PutMeter.class))
        .isEqualTo(new PutMeter("api_calls", body, 7L, "operator"));
    NODE.call("DELETE", METER).send();
    assertThat(NODE.rooms.onlyAsked(DeleteMeter.class))
        .isEqualTo(new DeleteMeter("api_calls", null, "operator"));
  }

  @Test
  void another_revision_is_412_and_every_other_conflict_409() {
    NODE.rooms.refuse(
        Channels.PUT_METER, new RoomException(ErrorKind.CONFLICT, "revision_mismatch", "Changed."));
    assertThat(put("{}").send().status()).isEqualTo(412);
    NODE.rooms.refuse(
        Channels.PUT_METER, new RoomException(ErrorKind.CONFLICT, "meter_differs", "Differs."));
    assertThat(put("{}").send().status()).isEqualTo(409);
    assertThat(put("{}").header("If-Match", "new").send().json().getString("code"))
        .isEqualTo("invalid_if_match");
  }

  @Test
  void usage_is_that_of_a_user_or_of_an_account_and_exact() {
    Response answer = NODE.get(METER + "/usage?account_id=acme").send();

    assertThat(answer.body().toString()).contains("\"value\":12.500000001");
    assertThat(answer.json().getString("account_id")).isEqualTo("acme");
    assertThat(NODE.rooms.onlyAsked(ReadUsage.class))
        .isEqualTo(new ReadUsage("api_calls", "acme", true));
    assertThat(NODE.get(METER + "/usage").send().json().getString("code"))
        .isEqualTo("invalid_subject");
    assertThat(NODE.get(METER + "/usage?user_id=a&account_id=b").send().status()).isEqualTo(400);
  }
}
