package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.shared.testing.Await;
import io.vertx.core.http.UpgradeRejectedException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages of foreign origins: which may call, over every transport. */
class OriginIT {
  private static final EdgeNode OPEN = new EdgeNode(EdgeNode.OPEN);
  private static final EdgeNode KEYED = new EdgeNode(EdgeNode.KEYED);
  private static final String EVIL = "https://evil.example";

  @BeforeEach
  void forget() {
    OPEN.rooms.reset();
    KEYED.rooms.reset();
  }

  @AfterAll
  static void stop() {
    OPEN.close();
    KEYED.close();
  }

  @ParameterizedTest
  @CsvSource({
    "GET,  /api/flags/definitions",
    "POST, /api/telemetry/ingest",
    "GET,  /openapi.yaml",
    "GET,  /demo/",
    "GET,  /eventbus/info",
    "GET,  /eventbus",
    "POST, /eventbus/000/origin1/xhr",
    "POST, /eventbus/000/origin1/xhr_streaming",
    "POST, /eventbus/000/origin1/xhr_send",
    "GET,  /eventbus/websocket",
    "GET,  /nowhere",
  })
  void an_origin_that_is_not_listed_gets_nothing(String method, String path) {
    for (String origin :
        new String[] {EVIL, "null", EdgeNode.APP + ".evil.example", "http://app.example.com"}) {
      Response response = OPEN.call(method, path).header("Origin", origin).send();
      assertThat(response.status()).isEqualTo(403);
      assertThat(response.code()).isEqualTo("origin_not_allowed");
      assertThat(response.header("Access-Control-Allow-Origin")).isNull();
    }
    assertThat(OPEN.rooms.asked(Object.class)).isEmpty();
  }

  @Test
  void a_listed_origin_is_named_exactly_and_may_read_what_clients_need() {
    Response response =
        KEYED.get("/api/sdk/config?key=" + EdgeNode.PK).header("Origin", EdgeNode.APP).send();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("Access-Control-Allow-Origin")).isEqualTo(EdgeNode.APP);
    assertThat(response.header("Vary")).contains("Origin");
    assertThat(response.header("Access-Control-Expose-Headers"))
        .contains("ETag", "Retry-After", "X-Request-Id");
  }

  @Test
  void a_page_may_read_the_problem_that_it_gets() {
    Response response = KEYED.get("/api/sdk/config").header("Origin", EdgeNode.APP).send();
    assertThat(response.status()).isEqualTo(401);
    assertThat(response.header("Access-Control-Allow-Origin")).isEqualTo(EdgeNode.APP);
  }

  @Test
  void the_nodes_own_pages_and_servers_need_no_cors_headers() {
    Response own =
        OPEN.get("/api/sdk/config").header("Origin", "http://127.0.0.1:" + OPEN.port()).send();
    Response server = OPEN.get("/api/sdk/config").send();
    assertThat(own.status()).isEqualTo(200);
    assertThat(own.header("Access-Control-Allow-Origin")).isNull();
    assertThat(server.status()).isEqualTo(200);
    assertThat(server.header("Access-Control-Allow-Origin")).isNull();
    assertThat(server.header("Vary")).contains("Origin");
  }

  @Test
  void a_preflight_is_answered_without_credentials_for_listed_origins_only() {
    Response allowed =
        KEYED
            .call("OPTIONS", "/api/telemetry/ingest")
            .header("Origin", EdgeNode.APP)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization,content-type")
            .send();
    assertThat(allowed.status()).isEqualTo(204);
    assertThat(allowed.header("Access-Control-Allow-Origin")).isEqualTo(EdgeNode.APP);
    assertThat(allowed.header("Access-Control-Allow-Methods")).contains("POST");
    assertThat(allowed.header("Access-Control-Allow-Headers"))
        .contains("authorization", "content-type", "x-api-key", "if-none-match");

    Response refused =
        KEYED
            .call("OPTIONS", "/api/telemetry/ingest")
            .header("Origin", EVIL)
            .header("Access-Control-Request-Method", "POST")
            .send();
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.header("Access-Control-Allow-Origin")).isNull();
  }

  @Test
  void options_that_is_no_preflight_is_a_method_like_another() {
    assertThat(OPEN.call("OPTIONS", "/api/telemetry/ingest").send().status()).isEqualTo(405);
  }

  @ParameterizedTest
  @ValueSource(strings = {"evil.example", "evil.example:8080", "localhost.evil.example", "0.0.0.0"})
  void an_open_node_does_not_answer_under_a_foreign_name(String host) {
    String answer =
        RawHttp.exchange(
            OPEN, "", "GET /api/sdk/config HTTP/1.1", "Host: " + host, "Connection: close");
    assertThat(answer).startsWith("HTTP/1.1 403 ").contains("\"origin_not_allowed\"");
  }

  @Test
  void an_open_node_does_not_answer_a_request_without_a_host() {
    assertThat(RawHttp.exchange(OPEN, "", "GET /api/sdk/config HTTP/1.0"))
        .matches("(?s)HTTP/1\\.[01] 40[03] .*");
    assertThat(RawHttp.exchange(OPEN, "", "GET /api/sdk/config HTTP/1.1", "Connection: close"))
        .matches("(?s)HTTP/1\\.[01] 40[03] .*");
  }

  @Test
  void a_rebound_name_does_not_become_ones_own_by_an_origin_that_fits() {
    String answer =
        RawHttp.exchange(
            OPEN,
            "[]",
            "POST /api/telemetry/ingest HTTP/1.1",
            "Host: evil.example",
            "Origin: http://evil.example",
            "Connection: close",
            "Content-Length: 2");
    assertThat(answer).startsWith("HTTP/1.1 403 ");
    assertThat(OPEN.rooms.asked(Object.class)).isEmpty();
  }

  @Test
  void no_header_of_a_proxy_is_believed() {
    String rebound =
        RawHttp.exchange(
            OPEN,
            "",
            "GET /api/sdk/config HTTP/1.1",
            "Host: evil.example",
            "X-Forwarded-Host: localhost",
            "Forwarded: host=localhost",
            "Connection: close");
    assertThat(rebound).startsWith("HTTP/1.1 403 ");
    Response foreign =
        OPEN.get("/api/sdk/config")
            .header("Origin", EVIL)
            .header("X-Forwarded-Host", "evil.example")
            .header("X-Forwarded-Proto", "https")
            .send();
    assertThat(foreign.status()).isEqualTo(403);
  }

  @Test
  void a_foreign_page_opens_no_socket() {
    assertThat(Await.failure(TestSocket.connect(OPEN, "Origin", EVIL)))
        .isInstanceOfSatisfying(
            UpgradeRejectedException.class,
            refusal -> assertThat(refusal.getStatus()).isEqualTo(403));
    String rebound =
        RawHttp.exchange(
            OPEN,
            "",
            "GET /eventbus/websocket HTTP/1.1",
            "Host: evil.example",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "",
            "GET /eventbus/info HTTP/1.1",
            "Host: localhost",
            "Connection: close");
    assertThat(rebound).startsWith("HTTP/1.1 403 ");
    assertThat(Await.result(TestSocket.connect(OPEN, "Origin", EdgeNode.APP)).isOpen()).isTrue();
  }
}
