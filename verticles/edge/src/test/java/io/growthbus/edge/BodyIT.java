package io.growthbus.edge;

import static io.growthbus.edge.ProblemAssert.isProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.shared.message.RecordEvents;
import io.growthbus.shared.testing.Await;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies over HTTP: their limits and their compression. */
class BodyIT {
  private static final EdgeNode NODE = new EdgeNode(EdgeNode.OPEN);

  @BeforeEach
  void forget() {
    NODE.rooms.reset();
  }

  @AfterAll
  static void stop() {
    NODE.close();
  }

  @Test
  void a_body_over_the_limit_is_413_whether_it_says_its_length_or_not() {
    Buffer large = Buffer.buffer(new byte[32 * 1024 + 1]);
    isProblem(NODE.call("POST", "/api/telemetry/ingest").body(large).send(), 413, "body_too_large");
    isProblem(
        NODE.call("POST", "/api/flags/evaluate")
            .body(Buffer.buffer(new byte[64 * 1024 + 1]))
            .send(),
        413,
        "body_too_large");
    isProblem(
        NODE.call("POST", "/api/billing/webhooks/stripe")
            .body(Buffer.buffer(new byte[256 * 1024 + 1]))
            .send(),
        413,
        "body_too_large");
    String chunked =
        RawHttp.exchange(
            NODE,
            "8001\r\n" + "x".repeat(32 * 1024 + 1) + "\r\n0\r\n\r\n",
            "POST /api/telemetry/ingest HTTP/1.1",
            "Host: localhost",
            "Transfer-Encoding: chunked");
    assertThat(chunked).startsWith("HTTP/1.1 413 ").contains("\"body_too_large\"");
    assertThat(NODE.rooms.asked(Object.class)).isEmpty();
  }

  @Test
  void a_body_at_the_limit_is_taken() {
    Buffer full = Buffer.buffer(new byte[32 * 1024]);
    assertThat(NODE.call("POST", "/api/telemetry/ingest").body(full).send().status())
        .isEqualTo(200);
    assertThat(NODE.rooms.onlyAsked(RecordEvents.class).body()).hasSize(32 * 1024);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "identity", "deflate", "nonsense", ""})
  void gzip_is_recognized_by_its_content_whatever_the_label(String label) {
    byte[] plain = "{\"batch\":[]}".getBytes(StandardCharsets.UTF_8);
    for (Buffer body :
        new Buffer[] {Buffer.buffer(BodyReaderTest.gzip(plain)), Buffer.buffer(plain)}) {
      NODE.rooms.reset();
      EdgeNode.Call call = NODE.call("POST", "/api/telemetry/ingest").body(body);
      Response response = (label.isEmpty() ? call : call.header("Content-Encoding", label)).send();
      assertThat(response.status()).isEqualTo(200);
      assertThat(NODE.rooms.onlyAsked(RecordEvents.class).body()).isEqualTo(plain);
    }
  }

  @Test
  void a_bomb_is_413_and_broken_gzip_415() {
    Buffer bomb = Buffer.buffer(BodyReaderTest.gzip(new byte[10_000_000]));
    isProblem(NODE.call("POST", "/api/telemetry/ingest").body(bomb).send(), 413, "body_too_large");
    Buffer broken = Buffer.buffer(new byte[] {0x1f, (byte) 0x8b, 1, 2, 3});
    isProblem(
        NODE.call("POST", "/api/telemetry/ingest").body(broken).send(), 415, "invalid_encoding");
    assertThat(NODE.rooms.asked(Object.class)).isEmpty();
  }

  @Test
  void a_client_that_asks_before_it_sends_is_told_to_go_on() {
    String answer =
        RawHttp.exchange(
            NODE,
            "[]",
            "POST /api/telemetry/ingest HTTP/1.1",
            "Host: localhost",
            "Expect: 100-continue",
            "Connection: close",
            "Content-Length: 2");
    assertThat(answer).startsWith("HTTP/1.1 100 ").contains("HTTP/1.1 200 ");
  }

  @Test
  void many_failures_leave_the_node_as_it_was() {
    for (int i = 0; i < 20; i++) {
      NODE.call("POST", "/api/telemetry/ingest").body(Buffer.buffer(new byte[40_000])).send();
    }
    assertThat(Await.result(NODE.get("/api/sdk/config").start()).status()).isEqualTo(200);
  }
}
