package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Call;
import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.DeleteSchema;
import io.growthbus.shared.message.ListSchemas;
import io.growthbus.shared.message.PublishSchema;
import io.growthbus.shared.message.SchemaList;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Contracts of events as an operator reads and changes them. */
class SchemaRoutesIT {
  private static final EdgeNode NODE = new EdgeNode(EdgeNode.KEYED);
  private static final String PATH = "/api/admin/schemas/clicked";
  private static final String ORDER = "{\"version\":\"1.1.0\",\"schema\":{\"type\":\"object\"}}";

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

  private static Response put(String body) {
    return call("PUT", PATH, body).send();
  }

  private static List<String> pointers(Response response) {
    return response.json().getJsonArray("errors").stream()
        .map(error -> ((JsonObject) error).getString("pointer"))
        .toList();
  }

  @Test
  void every_version_is_shown_with_its_source_and_the_revision() {
    Response response = call("GET", PATH, "").send();

    assertThat(response.json())
        .isEqualTo(
            new JsonObject(
                """
                {"revision":7,"schemas":[
                  {"event":"clicked","version":"1.0.0","source":"file","published_at":null,
                   "schema":{"type":"object"}},
                  {"event":"clicked","version":"1.1.0","source":"api","published_at":2000,
                   "schema":{}}]}"""));
    assertThat(NODE.rooms.onlyAsked(ListSchemas.class).event()).isEqualTo("clicked");
  }

  @Test
  void a_name_of_any_permitted_characters_fits_into_the_path() {
    call("GET", "/api/admin/schemas/%24page%20view:1", "").send();

    assertThat(NODE.rooms.onlyAsked(ListSchemas.class).event()).isEqualTo("$page view:1");
  }

  @Test
  void an_event_without_a_contract_is_not_found() {
    NODE.rooms.answer(
        Channels.LIST_SCHEMAS, question -> Future.succeededFuture(new SchemaList(7, List.of())));

    Response response = call("GET", PATH, "").send();

    assertThat(response.status()).isEqualTo(404);
    assertThat(response.code()).isEqualTo("unknown_schema");
    assertThat(call("GET", "/api/admin/schemas", "").send().status()).isEqualTo(200);
  }

  @Test
  void declarations_in_typescript_are_plain_text() {
    Response response = call("GET", "/api/admin/schemas?format=typescript", "").send();

    assertThat(response.header("Content-Type")).isEqualTo("text/plain; charset=utf-8");
    assertThat(response.body().toString()).isEqualTo("export interface GrowthEvents {}\n");
  }

  @Test
  void a_version_is_published_as_its_text_was_sent() {
    String schema = "{ \"properties\": {\"n\": {\"maximum\": 1.00000000000000000001}} }";
    Response response = put("{\"version\":\"1.1.0\", \"schema\" :" + schema + "}");

    assertThat(response.json())
        .isEqualTo(
            new JsonObject(
                "{\"revision\":8,\"changed\":true,\"nodes\":[\"a\",\"b\"],\"pending\":[\"c\"],"
                    + "\"applied_at\":{\"a\":3000,\"b\":3001}}"));
    assertThat(NODE.rooms.onlyAsked(PublishSchema.class))
        .isEqualTo(new PublishSchema("clicked", "1.1.0", schema, null, "operator"));
  }

  @Test
  void a_name_in_the_body_may_only_be_that_of_the_path() {
    String start = "{\"version\":\"1.1.0\",\"schema\":{},";
    assertThat(put(start + "\"key\":\"clicked\",\"event\":\"clicked\"}").status()).isEqualTo(200);

    Response response = put(start + "\"key\":\"other\",\"event\":7}");

    assertThat(response.status()).isEqualTo(400);
    assertThat(pointers(response)).containsExactly("/key", "/event");
  }

  @Test
  void everything_that_is_wrong_with_a_body_is_told_at_once_and_nothing_of_it_is_repeated() {
    Response response = put("{\"version\":7,\"schema\":\"s3cret\",\"co<lour\":\"s3cret\"}");

    assertThat(response.status()).isEqualTo(400);
    assertThat(response.code()).isEqualTo("invalid_field");
    assertThat(pointers(response)).containsExactly("/co?lour", "/version", "/schema");
    assertThat(response.json().getString("pointer")).isEqualTo("/co?lour");
    assertThat(response.body().toString()).doesNotContain("s3cret");
    assertThat(NODE.rooms.asked(PublishSchema.class)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "{} {}",
        "{\"version\":\"1.0.0\",\"version\":\"1.0.0\",\"schema\":{}}",
        "{\"version\":\"1.0.0\",\"schema\":{\"type\":\"object\",\"type\":\"object\"}}",
      })
  void a_body_that_is_no_plain_json_object_is_refused(String body) {
    assertThat(put(body).code()).isEqualTo("invalid_json");
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "\"7\"", "W/\"7\"", "\"7.0123456789abcdef0123456789abcdef\""})
  void a_change_may_expect_a_revision(String tag) {
    call("PUT", PATH, ORDER).header("If-Match", tag).send();
    call("DELETE", PATH + "?version=1.1.0", "").header("If-Match", tag).send();

    assertThat(NODE.rooms.onlyAsked(PublishSchema.class).expectedRevision()).isEqualTo(7);
    assertThat(NODE.rooms.onlyAsked(DeleteSchema.class))
        .isEqualTo(new DeleteSchema("clicked", "1.1.0", 7L, "operator"));
  }

  @Test
  void the_tag_of_what_was_read_is_such_an_expectation() {
    String tag = String.valueOf(call("GET", PATH, "").send().header("ETag"));

    call("PUT", PATH, ORDER).header("If-Match", tag).send();

    assertThat(NODE.rooms.onlyAsked(PublishSchema.class).expectedRevision()).isEqualTo(7);
    assertThat(call("PUT", PATH, ORDER).header("If-Match", "\"x\"").send().code())
        .isEqualTo("invalid_if_match");
  }

  @Test
  void another_revision_than_the_expected_one_is_a_failed_precondition() {
    NODE.rooms.refuse(
        Channels.PUBLISH_SCHEMA,
        new RoomException(ErrorKind.CONFLICT, "revision_mismatch", "Read it again."));

    assertThat(put(ORDER).status()).isEqualTo(412);
  }

  @Test
  void an_incompatible_schema_is_a_conflict_that_carries_the_pointer() {
    NODE.rooms.refuse(
        Channels.PUBLISH_SCHEMA,
        new RoomException(
            ErrorKind.CONFLICT, "incompatible_schema", "It breaks.", "/properties/n/type"));

    Response response = put(ORDER);

    assertThat(response.status()).isEqualTo(409);
    assertThat(response.code()).isEqualTo("incompatible_schema");
    assertThat(response.json().getString("pointer")).isEqualTo("/properties/n/type");
  }

  @Test
  void a_body_that_is_larger_than_any_contract_is_refused() {
    assertThat(put("x".repeat(300_000)).status()).isEqualTo(413);
  }
}
