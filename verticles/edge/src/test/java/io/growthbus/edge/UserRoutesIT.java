package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.EraseUser;
import io.growthbus.shared.message.ErasureOrdered;
import io.growthbus.shared.message.ErasureStatus;
import io.growthbus.shared.message.ExportPage;
import io.growthbus.shared.message.ExportUser;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Erase and export, as a customer's server sees them. */
class UserRoutesIT {
  private static final EdgeNode NODE = new EdgeNode(EdgeNode.OPEN);
  private static final String ORDER = FakeRooms.PROMPT_ID;

  @BeforeEach
  void forget() {
    NODE.rooms.reset();
  }

  @AfterAll
  static void stop() {
    NODE.close();
  }

  private static Response erase(String rest) {
    return NODE.call("DELETE", "/api/users/" + rest).send();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ada", "a/b", "auth0|17", "a b+c", "ä😀", "100%", "a..b", "x?y#z", "a\\b\"c"})
  void any_id_reaches_the_room_as_it_is(String id) {
    String path = URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
    assertThat(erase(path).status()).isEqualTo(200);
    assertThat(NODE.rooms.onlyAsked(EraseUser.class)).isEqualTo(new EraseUser(id, true));
  }

  @Test
  void an_order_that_runs_is_202_and_says_where_to_look() {
    NODE.rooms.answer(
        Channels.ERASE_USER,
        order -> Future.succeededFuture(new ErasureStatus(ORDER, 1_000, null, Map.of())));
    Response answer = erase("ada?suppress=false");
    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.header("Location")).isEqualTo("/api/erasures/" + ORDER);
    assertThat(answer.json())
        .isEqualTo(
            new JsonObject()
                .put("order_id", ORDER)
                .put("state", "running")
                .put("requested_at", 1_000)
                .putNull("completed_at")
                .put("rooms", new JsonObject()));
    assertThat(NODE.rooms.onlyAsked(EraseUser.class).suppress()).isFalse();
  }

  @Test
  void what_is_no_id_is_refused_before_any_room_is_asked() {
    assertThat(erase("x".repeat(201)).code()).isEqualTo("invalid_user_id");
    assertThat(erase("a%00b").code()).isEqualTo("invalid_user_id");
    assertThat(NODE.get("/api/users/a%00b/export").send().code()).isEqualTo("invalid_user_id");
    assertThat(erase("ada?suppress=1").code()).isEqualTo("invalid_suppress");
    assertThat(erase("ada?suppress=true&suppress=false").code()).isEqualTo("repeated_parameter");
    assertThat(erase("").status()).isEqualTo(404);
    assertThat(NODE.rooms.asked(Object.class)).isEmpty();
  }

  @Test
  void an_export_is_the_pages_of_all_rooms_and_a_last_line_that_counts_them() {
    NODE.rooms.answer(
        Channels.EXPORT_FROM_INGEST,
        question ->
            Future.succeededFuture(
                question.after() == null
                    ? new ExportPage(List.of("{\"type\":\"event\",\"n\":1}"), "more")
                    : new ExportPage(List.of("{\"type\":\"event\",\"n\":2}"), null)));
    NODE.rooms.answer(
        Channels.EXPORT_FROM_FLAGS,
        question ->
            Future.succeededFuture(new ExportPage(List.of("{\"type\":\"flag_target\"}"), null)));
    Response answer = NODE.get("/api/users/ada/export").send();
    assertThat(answer.header("Content-Type")).isEqualTo("application/x-ndjson");
    assertThat(answer.body().toString())
        .isEqualTo(
            """
            {"type":"event","n":1}
            {"type":"event","n":2}
            {"type":"flag_target"}
            {"type":"end","complete":true,"lines":3}
            """);
    assertThat(NODE.rooms.asked(ExportUser.class)).allMatch(q -> q.userId().equals("ada"));
  }

  @Test
  void an_export_begins_only_when_every_room_answers() {
    NODE.rooms.refuse(
        Channels.EXPORT_FROM_FLAGS,
        new RoomException(ErrorKind.UNAVAILABLE, "store_unavailable", "Later."));
    Response answer = NODE.get("/api/users/ada/export").send();
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("Retry-After")).isNotNull();
  }

  @Test
  void an_export_that_breaks_off_is_no_complete_response() {
    NODE.rooms.answer(
        Channels.EXPORT_FROM_INGEST,
        question ->
            question.after() == null
                ? Future.succeededFuture(new ExportPage(List.of("{\"type\":\"event\"}"), "more"))
                : Future.failedFuture(
                    new RoomException(ErrorKind.UNAVAILABLE, "store_unavailable", "Later.")));
    assertThat(Await.failure(NODE.get("/api/users/ada/export").start())).isNotNull();
  }

  @Test
  void a_long_export_comes_whole_to_a_reader_who_takes_it_bit_by_bit() {
    String line = "{\"type\":\"event\",\"x\":\"" + "y".repeat(10_000) + "\"}";
    NODE.rooms.answer(
        Channels.EXPORT_FROM_INGEST,
        question -> {
          int page = question.after() == null ? 0 : Integer.parseInt(question.after());
          return Future.succeededFuture(
              new ExportPage(
                  Collections.nCopies(20, line), page == 49 ? null : String.valueOf(page + 1)));
        });
    Response answer = NODE.get("/api/users/ada/export").send();
    assertThat(answer.body().toString()).endsWith("\"lines\":1000}\n");
    assertThat(answer.body().length()).isGreaterThan(10_000_000);
  }

  @Test
  void open_sockets_of_a_user_who_is_being_erased_are_closed_and_others_are_not() {
    TestSocket ada = TestSocket.hearing(NODE, "me.prompts", "ada");
    TestSocket bob = TestSocket.hearing(NODE, "me.prompts", "bob");
    NODE.bus.publish(Channels.ERASURE_ORDERED, new ErasureOrdered(ORDER, "ada", true));
    assertThat(ada.closeCode()).isEqualTo(4410);
    bob.expectNothingElse();
    bob.close();
  }
}
