package io.growthbus.edge;

import static io.growthbus.edge.ProblemAssert.isProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Call;
import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.EventsRecorded;
import io.growthbus.shared.message.RecordEvents;
import io.growthbus.shared.message.RejectedEvent;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Segment's HTTP API: what the room is asked, and what the client hears. */
class SegmentIT {
  private static final EdgeNode NODE = new EdgeNode(EdgeNode.KEYED);

  @BeforeEach
  void forget() {
    NODE.rooms.reset();
  }

  @AfterAll
  static void stop() {
    NODE.close();
  }

  private static Response send(String path, String body) {
    return NODE.post(path, body).bearer(EdgeNode.SK).send();
  }

  private static String asked() {
    return new String(NODE.rooms.onlyAsked(RecordEvents.class).body(), StandardCharsets.UTF_8);
  }

  private static JsonObject event(int index) {
    return new JsonObject(asked()).getJsonArray("batch").getJsonObject(index);
  }

  private static void refuse(RejectedEvent... rejected) {
    NODE.rooms.answer(
        Channels.RECORD_EVENTS,
        order -> Future.succeededFuture(new EventsRecorded(0, 0, List.of(rejected), 0)));
  }

  private static String basic(String key) {
    return "Basic "
        + Base64.getEncoder().encodeToString((key + ":").getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void a_batch_of_every_call_becomes_one_batch_of_events() {
    Response response =
        send(
            "/v1/batch",
            """
            {"batch":[
              {"type":"track","messageId":"node-next-1795463238411-5db8a1c0-6f0e-4d0b-9d1c-0a1b2c3d4e5f",
               "userId":"ada","event":"project_created","properties":{"project_type":"web","n":1.50},
               "timestamp":"2026-11-24T11:59:58.000Z","context":{"library":{"name":"x"},"groupId":"acme"},
               "integrations":{},"_metadata":{"nodeVersion":"20"}},
              {"type":"identify","messageId":"0192f0c1-2d3e-7a4b-8c5d-6e7f80910203","userId":"ada",
               "anonymousId":"anon-1","traits":{"plan":"pro"},"timestamp":1795521590000},
              {"type":"page","messageId":"m-1","anonymousId":"anon-1","name":"Home","category":"Docs",
               "properties":{"name":"Home","path":"/"}},
              {"type":"screen","messageId":"m-1","userId":"ada","name":"Start"},
              {"type":"group","messageId":"m-1","userId":"ada","groupId":"acme","traits":{"seats":5}},
              {"type":"alias","messageId":"m-1","userId":"ada","previousId":"anon-1"}],
             "sentAt":"2026-11-24T11:59:59.000Z","writeKey":"pk_test_1"}""");
    assertThat(response.status()).isEqualTo(200);
    assertThat(new JsonObject(asked()))
        .isEqualTo(
            new JsonObject(
                """
                {"sent_at":1795521599000,"batch":[
                  {"event_id":"a59bc08a-38b6-586b-8c8f-1604622feb9f",
                   "message_id":"node-next-1795463238411-5db8a1c0-6f0e-4d0b-9d1c-0a1b2c3d4e5f",
                   "user_id":"ada","account_id":"acme",
                   "timestamp":1795521598000,"name":"project_created",
                   "properties":{"project_type":"web","n":1.50}},
                  {"event_id":"0192f0c1-2d3e-7a4b-8c5d-6e7f80910203",
                   "message_id":"0192f0c1-2d3e-7a4b-8c5d-6e7f80910203",
                   "user_id":"ada","anonymous_id":"anon-1",
                   "timestamp":1795521590000,"name":"$identify","properties":{"plan":"pro"}},
                  {"event_id":"57090e2c-a2c6-57dd-976b-0bd50b318fdd","message_id":"m-1",
                   "user_id":null,"anonymous_id":"anon-1",
                   "timestamp":1795521599000,"name":"$page",
                   "properties":{"category":"Docs","name":"Home","path":"/"}},
                  {"event_id":"57090e2c-a2c6-57dd-976b-0bd50b318fdd","message_id":"m-1",
                   "user_id":"ada","timestamp":1795521599000,
                   "name":"$screen","properties":{"name":"Start"}},
                  {"event_id":"57090e2c-a2c6-57dd-976b-0bd50b318fdd","message_id":"m-1",
                   "user_id":"ada","account_id":"acme",
                   "timestamp":1795521599000,"name":"$group","properties":{"seats":5}},
                  {"event_id":"57090e2c-a2c6-57dd-976b-0bd50b318fdd","message_id":"m-1",
                   "user_id":"ada","timestamp":1795521599000,
                   "name":"$alias","properties":{"previousId":"anon-1"}}]}"""));
    RecordEvents order = NODE.rooms.onlyAsked(RecordEvents.class);
    assertThat(order.receivedAtMs()).isEqualTo(NODE.clock.millis());
    assertThat(order.trusted()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "track,t,project_created",
    "identify,i,$identify",
    "page,p,$page",
    "screen,s,$screen",
    "group,g,$group",
    "alias,a,$alias"
  })
  void a_single_call_takes_its_type_from_the_address_in_its_long_and_short_form(
      String word, String letter, String name) {
    String body = "{\"type\":\"other\",\"messageId\":\"m-1\",\"event\":\"project_created\"}";
    for (String path : List.of("/v1/" + word, "/v1/" + letter)) {
      NODE.rooms.reset();
      assertThat(send(path, body).status()).isEqualTo(200);
      assertThat(event(0).getString("name")).isEqualTo(name);
      assertThat(event(0).getString("event_id")).isEqualTo("57090e2c-a2c6-57dd-976b-0bd50b318fdd");
    }
  }

  @Test
  void calls_without_a_message_id_get_ids_of_their_own() {
    send("/v1/b", "{\"batch\":[{\"type\":\"page\"},{\"type\":\"page\"}]}");
    assertThat(event(0).getString("event_id"))
        .matches("[0-9a-f-]{36}")
        .isNotEqualTo(event(1).getString("event_id"));
    assertThat(event(0).containsKey("message_id")).isFalse();
  }

  @Test
  void what_was_sent_reaches_the_room_letter_by_letter() {
    String text = "é🚀\\n\\u00eb".repeat(2_000);
    send(
        "/v1/track",
        "{\"event\":\"\\u0061\",\"userId\":\"Zo\\u00eb 🚀\",\"properties\":{\"long\":\""
            + text
            + "\"}}");
    assertThat(asked())
        .contains("\"user_id\":\"Zo\\u00eb 🚀\"", "\"name\":\"\\u0061\"")
        .contains("\"properties\":{\"long\":\"" + text + "\"}");
  }

  @Test
  void half_of_a_surrogate_pair_is_void_and_harms_no_neighbour() {
    Response response =
        send(
            "/v1/batch",
            """
            {"batch":[{"type":"track","event":"\\ud83d"},{"type":"track","\\ud83d":{"\\udc00":1}},
             {"type":"track","event":"fine"}]}""");
    assertThat(response.status()).isEqualTo(200);
    assertThat(event(0).getString("name")).isEqualTo("\0");
    assertThat(event(2).getString("name")).isEqualTo("fine");
  }

  @Test
  void the_verdict_of_the_room_is_the_answer_with_the_pointers_of_the_calls() {
    NODE.rooms.answer(
        Channels.RECORD_EVENTS,
        order ->
            Future.succeededFuture(
                new EventsRecorded(
                    2,
                    1,
                    List.of(
                        new RejectedEvent(0, FakeRooms.EVENT_ID, "invalid_name", "A.", "/name"),
                        new RejectedEvent(1, null, "wrong_type", "B.", "/properties/a"),
                        new RejectedEvent(2, null, "missing_field", "C.", "/name"),
                        new RejectedEvent(3, null, "not_an_object", "D.", "")),
                    3)));
    Response response =
        send(
            "/v1/batch",
            """
            {"batch":[{"type":"track","event":"a/b"},{"type":"identify"},{"type":"trakc"},7,
             {"type":"page"}]}""");
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.json())
        .isEqualTo(
            new JsonObject(
                """
                {"success":true,"accepted":2,"duplicates":1,"rejected":[
                  {"index":0,"event_id":"0192f0c1-2d3e-7a4b-8c5d-6e7f80910203","code":"invalid_name",
                   "message":"A.","pointer":"/event"},
                  {"index":1,"event_id":null,"code":"wrong_type","message":"B.","pointer":"/traits/a"},
                  {"index":2,"event_id":null,"code":"unknown_type",
                   "message":"It must be track, identify, page, screen, group or alias.",
                   "pointer":"/type"},
                  {"index":3,"event_id":null,"code":"not_an_object","message":"D.","pointer":""}],
                 "consent_dropped":3}"""));
    assertThat(new JsonObject(asked()).getJsonArray("batch").getValue(3)).isNull();
    assertThat(event(0).getString("name")).isEqualTo("a/b");
    assertThat(event(2).containsKey("name")).isFalse();
  }

  static Stream<Call> everyWayOfAKey() {
    String body = "{\"batch\":[]}";
    return Stream.of(
        NODE.post("/v1/batch", body).header("Authorization", basic(EdgeNode.PK)),
        NODE.post("/v1/batch", body).bearer(EdgeNode.PK),
        NODE.post("/v1/batch", body).header("X-API-Key", EdgeNode.PK),
        NODE.post("/v1/batch?key=" + EdgeNode.PK, body),
        NODE.post("/v1/b", "{\"batch\":[],\"writeKey\":\"" + EdgeNode.PK + "\"}"),
        NODE.post("/v1/t", "{\"writeKey\":\"" + EdgeNode.PK + "\"}"));
  }

  @ParameterizedTest
  @MethodSource("everyWayOfAKey")
  void a_key_may_travel_in_every_way_that_clients_know(Call call) {
    assertThat(call.send().status()).isEqualTo(200);
    assertThat(NODE.rooms.onlyAsked(RecordEvents.class).trusted()).isFalse();
  }

  @Test
  void a_page_may_carry_key_and_token_of_its_user_in_the_body() {
    JsonObject body =
        new JsonObject()
            .put("batch", new JsonArray())
            .put("writeKey", EdgeNode.PK)
            .put("userToken", NODE.token("ada"));
    assertThat(NODE.post("/v1/b", body.encode()).send().status()).isEqualTo(200);
    assertThat(NODE.rooms.onlyAsked(RecordEvents.class).verifiedUserId()).isEqualTo("ada");
  }

  static Stream<Call> wrongKeys() {
    String body = "{\"batch\":[],\"writeKey\":\"" + EdgeNode.PK + "\"}";
    return Stream.of(
        NODE.post("/v1/batch", body).header("Authorization", basic("wrong")),
        NODE.post("/v1/batch", body).bearer("wrong"),
        NODE.post("/v1/batch", "{\"batch\":[],\"writeKey\":\"wrong\"}"),
        NODE.post("/v1/batch", "{\"batch\":[{\"writeKey\":\"" + EdgeNode.PK + "\"}]}"),
        NODE.post("/v1/track", "{\"properties\":{\"writeKey\":\"" + EdgeNode.PK + "\"}}"),
        NODE.post("/v1/batch", "{not json").header("X-API-Key", "wrong"),
        NODE.post("/v1/batch", "{not json"));
  }

  @ParameterizedTest
  @MethodSource("wrongKeys")
  void a_wrong_key_is_401_whatever_the_body(Call call) {
    Response response = call.send();
    assertThat(response.status()).isEqualTo(401);
    assertThat(response.code()).isIn("invalid_key", "missing_credentials");
    assertThat(NODE.rooms.asked(Object.class)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data",
        ""
      })
  void neither_the_media_type_nor_the_label_of_a_compression_matters(String type) {
    byte[] body =
        "{\"batch\":[{\"type\":\"track\",\"event\":\"a+b=c&d\"}]}".getBytes(StandardCharsets.UTF_8);
    for (Buffer bytes : List.of(Buffer.buffer(body), Buffer.buffer(BodyReaderTest.gzip(body)))) {
      for (String encoding : List.of("gzip", "")) {
        NODE.rooms.reset();
        Call call = NODE.call("POST", "/v1/batch").bearer(EdgeNode.SK).body(bytes);
        Call typed = type.isEmpty() ? call : call.header("Content-Type", type);
        Call labelled = encoding.isEmpty() ? typed : typed.header("Content-Encoding", encoding);
        assertThat(labelled.send().status()).isEqualTo(200);
        assertThat(event(0).getString("name")).isEqualTo("a+b=c&d");
      }
    }
  }

  @Test
  void everything_that_is_wrong_with_a_body_is_400() {
    isProblem(send("/v1/batch", "{\"batch\":"), 400, "invalid_envelope");
    isProblem(send("/v1/track", "[]"), 400, "invalid_envelope");
    isProblem(send("/v1/batch", "x".repeat(32 * 1024 + 1)), 400, "body_too_large");
    isProblem(
        NODE.call("POST", "/v1/batch")
            .bearer(EdgeNode.SK)
            .body(Buffer.buffer(BodyReaderTest.gzip(new byte[10_000_000])))
            .send(),
        400,
        "body_too_large");
    isProblem(
        NODE.call("POST", "/v1/batch")
            .bearer(EdgeNode.SK)
            .body(Buffer.buffer(new byte[] {0x1f, (byte) 0x8b, 1, 2, 3}))
            .send(),
        400,
        "invalid_encoding");
    isProblem(send("/v1/batch", "{\"batch\":[" + "1,".repeat(500) + "1]}"), 400, "too_many_events");
    assertThat(NODE.rooms.asked(Object.class)).isEmpty();
  }

  @Test
  void a_call_that_is_too_large_is_400_alone_and_a_rejection_in_a_batch() {
    refuse(new RejectedEvent(0, FakeRooms.EVENT_ID, "event_too_large", "Smaller.", ""));
    isProblem(send("/v1/track", "{\"event\":\"a\"}"), 400, "event_too_large");
    Response batch = send("/v1/batch", "{\"batch\":[{\"type\":\"track\",\"event\":\"a\"}]}");
    assertThat(batch.status()).isEqualTo(200);
    assertThat(batch.json().getJsonArray("rejected")).hasSize(1);
  }

  @Test
  void any_other_refusal_of_a_single_call_is_a_success_that_says_so() {
    refuse(new RejectedEvent(0, FakeRooms.EVENT_ID, "invalid_name", "Shorter.", "/name"));
    Response response = send("/v1/track", "{\"event\":\"a/b\"}");
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.json().getBoolean("success")).isTrue();
    assertThat(response.json().getInteger("accepted")).isZero();
    assertThat(response.json().getJsonArray("rejected").getJsonObject(0).getString("pointer"))
        .isEqualTo("/event");
  }

  @Test
  void a_client_waits_when_the_room_cannot_store_now() {
    NODE.rooms.refuse(
        Channels.RECORD_EVENTS,
        new RoomException(ErrorKind.UNAVAILABLE, "store_unavailable", "Later."));
    Response response = send("/v1/batch", "{\"batch\":[]}");
    isProblem(response, 503, "store_unavailable");
    assertThat(Integer.parseInt(String.valueOf(response.header("Retry-After")))).isBetween(1, 5);
  }
}
