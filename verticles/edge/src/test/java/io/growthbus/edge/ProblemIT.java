package io.growthbus.edge;

import static io.growthbus.edge.ProblemAssert.isProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.PendingPrompts;
import io.growthbus.shared.message.Prompt;
import io.growthbus.shared.testing.CapturedLog;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every failure is a problem document with a stable code that repeats nothing of the request. */
class ProblemIT {
  private static final EdgeNode NODE = new EdgeNode(EdgeNode.OPEN);
  private static final Map<ErrorKind, Integer> STATUS =
      Map.of(
          ErrorKind.INVALID, 400,
          ErrorKind.UNAUTHENTICATED, 401,
          ErrorKind.FORBIDDEN, 403,
          ErrorKind.NOT_FOUND, 404,
          ErrorKind.CONFLICT, 409,
          ErrorKind.TOO_LARGE, 413,
          ErrorKind.UNSUPPORTED, 415,
          ErrorKind.TOO_MANY, 429,
          ErrorKind.INTERNAL, 500,
          ErrorKind.UNAVAILABLE, 503);

  @BeforeEach
  void forget() {
    NODE.rooms.reset();
  }

  @AfterAll
  static void stop() {
    NODE.close();
  }

  private static Response ingest(String body) {
    return NODE.post("/api/telemetry/ingest", body).send();
  }

  @ParameterizedTest
  @EnumSource(ErrorKind.class)
  void a_refusal_of_a_room_keeps_its_code_and_gets_the_status_of_its_kind(ErrorKind kind) {
    NODE.rooms.refuse(Channels.RECORD_EVENTS, new RoomException(kind, "some_code", "Some text."));
    Response response = ingest("[]");
    isProblem(response, Objects.requireNonNull(STATUS.get(kind)), "some_code");
    assertThat(response.json().getString("detail")).isEqualTo("Some text.");
  }

  @ParameterizedTest
  @CsvSource({"UNAVAILABLE, 503", "TOO_MANY, 429"})
  void who_is_told_to_wait_is_told_how_long_and_not_all_the_same(ErrorKind kind, int status) {
    NODE.rooms.refuse(Channels.RECORD_EVENTS, new RoomException(kind, "wait", "Wait."));
    Set<Integer> pauses = new HashSet<>();
    for (int i = 0; i < 30; i++) {
      Response response = ingest("[]");
      assertThat(response.status()).isEqualTo(status);
      pauses.add(Integer.valueOf(String.valueOf(response.header("Retry-After"))));
    }
    assertThat(pauses).hasSizeGreaterThan(1).allMatch(pause -> pause >= 1 && pause <= 5);
  }

  @Test
  void a_room_that_nobody_serves_is_503() {
    try (EdgeNode alone = new EdgeNode(EdgeNode.OPEN, false)) {
      Response response = alone.post("/api/telemetry/ingest", "[]").send();
      isProblem(response, 503, "room_absent");
      assertThat(response.header("Retry-After")).isNotNull();
    }
  }

  @Test
  void an_unexpected_failure_of_a_room_says_nothing_about_itself() {
    NODE.rooms.answer(
        Channels.RECORD_EVENTS,
        order -> {
          throw new IllegalStateException("password of the database");
        });
    try (CapturedLog log = CapturedLog.of(Bus.class)) {
      Response response = ingest("[]");
      isProblem(response, 500, "internal");
      assertThat(response.body().toString()).doesNotContain("password", "IllegalState");
      assertThat(log.entries()).hasSize(1);
    }
  }

  @Test
  void an_unexpected_failure_of_edge_is_logged_under_the_request_id() {
    NODE.rooms.answer(
        Channels.LIST_PENDING_PROMPTS,
        question -> Future.succeededFuture(new PendingPrompts(Arrays.asList((Prompt) nothing()))));
    try (CapturedLog log = CapturedLog.of(ProblemWriter.class)) {
      Response response =
          NODE.get("/api/prompts")
              .bearer(NODE.token("ada"))
              .header("X-Request-Id", "trace-1")
              .send();
      isProblem(response, 500, "internal");
      assertThat(response.body().toString()).doesNotContain("NullPointer", "io.growthbus");
      assertThat(log.entries())
          .singleElement()
          .satisfies(entry -> assertThat(entry.text()).contains("trace-1"));
    }
  }

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
  private static <T> T nothing() {
    return null;
  }

  @Test
  void an_unknown_address_is_404_and_an_unknown_method_405() {
    isProblem(NODE.get("/api/nothing").send(), 404, "not_found");
    isProblem(NODE.call("DELETE", "/api/telemetry/ingest").send(), 405, "method_not_allowed");
    isProblem(NODE.call("TRACE", "/api/flags/definitions").send(), 405, "method_not_allowed");
    isProblem(
        NODE.post("/api/prompts/p1/forgotten", "").bearer(NODE.token("ada")).send(),
        404,
        "not_found");
  }

  @Test
  void a_405_names_the_methods_that_there_are() {
    assertThat(NODE.call("DELETE", "/api/telemetry/ingest").send().header("Allow"))
        .isEqualTo("POST");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/admin/events?user_id=%zz",
        "/api/admin/events?limit=%",
        "/api/flags/definitions?key=%e",
        "/api/billing/entitlements/%zz"
      })
  void a_broken_escape_is_the_callers_fault(String path) {
    isProblem(NODE.get(path).send(), 400, "malformed_request");
  }

  @ParameterizedTest
  @CsvSource({
    "/api/admin/events?limit=0, invalid_limit",
    "/api/admin/events?limit=1001, invalid_limit",
    "/api/admin/events?limit=-1, invalid_limit",
    "/api/admin/events?limit=1e2, invalid_limit",
    "/api/admin/events?limit=99999999999999999999, invalid_limit",
    "/api/admin/events?name=a&name=b, repeated_parameter",
    "/api/admin/events?user_id=%00, invalid_parameter",
    "/api/admin/events?name=a%00, invalid_parameter",
    "/api/admin/events?cursor=%00, invalid_parameter",
    "/api/admin/meters/api_calls/usage?user_id=%00, invalid_user_id",
    "/api/admin/meters/api_calls/usage?account_id=a%00, invalid_user_id",
    "/api/admin/explain?user=%00&rule=upgrade, invalid_user_id",
    "/api/admin/explain?user=ada&rule=%00, invalid_rule",
  })
  void a_parameter_outside_of_its_range_is_named(String path, String code) {
    isProblem(NODE.get(path).send(), 400, code);
  }

  @Test
  void a_user_id_has_at_most_200_characters() {
    String longest = "u".repeat(200);
    assertThat(NODE.get("/api/billing/entitlements/" + longest).send().status()).isEqualTo(200);
    isProblem(
        NODE.get("/api/billing/entitlements/" + longest + "u").send(), 400, "invalid_user_id");
    isProblem(
        NODE.get("/api/flags/definitions?user_id=" + longest + "u").send(), 400, "invalid_user_id");
  }

  @Test
  void nothing_of_the_request_comes_back() {
    String poison = "<script>alert(1)</script>";
    String escaped = "%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    String json = new JsonObject().put(poison, poison).put("user_id", 7).encode();
    for (Response response :
        new Response[] {
          NODE.get("/" + escaped).send(),
          NODE.get("/api/admin/events?limit=" + escaped).send(),
          NODE.post("/api/flags/evaluate", json).send(),
          NODE.post("/api/auth/user-token", json).send(),
          NODE.get("/api/flags/definitions").bearer("eyJ" + "x.y.z").send(),
          NODE.get("/api/flags/definitions").header("Origin", "http://" + escaped).send(),
          NODE.get("/api/nothing").header("X-Request-Id", poison).send(),
        }) {
      assertThat(response.status()).isBetween(400, 499);
      assertThat(response.body().toString()).doesNotContain("script").doesNotContain("alert");
      assertThat(response.header("X-Request-Id")).doesNotContain("script");
    }
  }

  @Test
  void a_request_keeps_the_id_that_it_brings_if_that_is_a_plain_word() {
    assertThat(
            NODE.get("/api/sdk/config")
                .header("X-Request-Id", "trace-1")
                .send()
                .header("X-Request-Id"))
        .isEqualTo("trace-1");
    assertThat(NODE.get("/api/sdk/config").send().header("X-Request-Id")).hasSize(36);
    assertThat(
            NODE.get("/api/sdk/config")
                .header("X-Request-Id", "x".repeat(65))
                .send()
                .header("X-Request-Id"))
        .hasSize(36);
  }

  @Test
  void every_answer_forbids_sniffing_and_framing() {
    for (Response response :
        new Response[] {
          NODE.get("/api/sdk/config").send(),
          NODE.get("/api/nothing").send(),
          NODE.get("/openapi.yaml").send(),
          NODE.get("/eventbus/info").send()
        }) {
      assertThat(response.header("X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(response.header("Content-Security-Policy"))
          .contains("default-src 'none'", "frame-ancestors 'none'");
      assertThat(response.header("Referrer-Policy")).isEqualTo("no-referrer");
    }
  }

  @Test
  void what_can_be_read_answers_head_without_a_body() {
    Response get = NODE.get("/api/flags/definitions").send();
    Response head = NODE.call("HEAD", "/api/flags/definitions").send();
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.body().length()).isZero();
    assertThat(head.header("ETag")).isEqualTo(get.header("ETag"));
    assertThat(head.header("Content-Length")).isEqualTo(String.valueOf(get.body().length()));
  }
}
