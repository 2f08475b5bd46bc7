package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Call;
import io.growthbus.edge.EdgeNode.Response;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every origin over every transport: only listed and absent ones pass, and what is off is 404. */
class OriginMatrixIT {
  private static final EdgeNode NODE = new EdgeNode(EdgeNode.KEYED);

  private static final List<String> FOREIGN =
      List.of(
          "https://evil.example",
          "null",
          "https://sub.app.example.com",
          "https://app.example.com.evil.example",
          "https://evilapp.example.com",
          "https://app.example.com:8443",
          "http://app.example.com",
          "https://app.example.com@evil.example",
          "https://app.example.com/",
          "https://app.example.com%2eevil.example",
          "https://evil.example, https://app.example.com",
          "file://",
          "");

  @BeforeEach
  void forget() {
    NODE.rooms.reset();
  }

  @AfterAll
  static void stop() {
    NODE.close();
  }

  /** A way to reach the node; the number is the status that a permitted origin gets. */
  private enum Transport {
    RAW_WS("GET", "/eventbus/websocket", 101),
    WS("GET", "/eventbus/000/SESSION/websocket", 101),
    INFO("GET", "/eventbus/info", 200),
    XHR("POST", "/eventbus/000/SESSION/xhr", 200),
    XHR_STREAMING("POST", "/eventbus/000/SESSION/xhr_streaming", 200),
    XHR_SEND("POST", "/eventbus/000/SESSION/xhr_send", 404),
    EVENTSOURCE("GET", "/eventbus/000/SESSION/eventsource", 404),
    HTMLFILE("GET", "/eventbus/000/SESSION/htmlfile?c=cb", 404),
    JSONP("GET", "/eventbus/000/SESSION/jsonp?c=cb", 404),
    JSONP_SEND("POST", "/eventbus/000/SESSION/jsonp_send", 404),
    IFRAME("GET", "/eventbus/iframe.html", 404),
    REST("GET", "/api/flags/definitions?key=" + EdgeNode.PK, 200),
    REST_POST("POST", "/api/telemetry/ingest?key=" + EdgeNode.PK, 200),
    OFREP("POST", "/ofrep/v1/evaluate/flags?key=" + EdgeNode.PK, 200),
    SDK("GET", "/openapi.yaml", 200);

    private final String method;
    private final String path;
    private final int status;

    Transport(String method, String path, int status) {
      this.method = method;
      this.path = path;
      this.status = status;
    }

    /** The status line of the answer; streams and sockets have no end that could be waited for. */
    String answer(String... origin) {
      String session = "s" + Math.abs(Arrays.hashCode(origin)) + name().toLowerCase(Locale.ROOT);
      String body = this == OFREP ? "{}" : "[]";
      Stream<String> head =
          Stream.of(
              method + " " + path.replace("SESSION", session) + " HTTP/1.1",
              "Host: localhost:" + NODE.port());
      Stream<String> kind =
          this == RAW_WS || this == WS
              ? Stream.of(
                  "Connection: Upgrade",
                  "Upgrade: websocket",
                  "Sec-WebSocket-Version: 13",
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
              : Stream.of("Content-Type: application/json", "Connection: close");
      Stream<String> length =
          method.equals("POST") ? Stream.of("Content-Length: " + body.length()) : Stream.of();
      Stream<String> from = Arrays.stream(origin).map(name -> "Origin: " + name);
      return RawHttp.firstLine(
          NODE,
          method.equals("POST") ? body : "",
          Stream.of(head, kind, length, from).flatMap(part -> part).toArray(String[]::new));
    }
  }

  static Stream<Arguments> foreign() {
    return Arrays.stream(Transport.values())
        .flatMap(transport -> FOREIGN.stream().map(origin -> Arguments.of(transport, origin)));
  }

  @ParameterizedTest(name = "{0} from {1}")
  @MethodSource("foreign")
  void a_foreign_origin_gets_nothing_over_any_transport(Transport transport, String origin) {
    assertThat(transport.answer(origin)).startsWith("HTTP/1.1 403 ");
    assertThat(NODE.rooms.asked(Object.class)).isEmpty();
  }

  static Stream<Transport> transports() {
    return Arrays.stream(Transport.values());
  }

  @ParameterizedTest
  @MethodSource("transports")
  void a_listed_origin_and_an_absent_one_get_what_is_there_and_404_where_a_transport_is_off(
      Transport transport) {
    assertThat(transport.answer(EdgeNode.APP)).startsWith("HTTP/1.1 " + transport.status);
    assertThat(transport.answer()).startsWith("HTTP/1.1 " + transport.status);
  }

  @ParameterizedTest
  @MethodSource("transports")
  void a_second_origin_does_not_smuggle_a_foreign_one_past_a_listed_one(Transport transport) {
    assertThat(transport.answer("https://evil.example", EdgeNode.APP)).startsWith("HTTP/1.1 403 ");
    assertThat(transport.answer(EdgeNode.APP, "https://evil.example")).startsWith("HTTP/1.1 403 ");
  }

  @ParameterizedTest
  @MethodSource("transports")
  void a_preflight_of_a_foreign_origin_is_refused(Transport transport) {
    for (String origin : FOREIGN) {
      Call call =
          NODE.call("OPTIONS", transport.path)
              .header("Origin", origin)
              .header("Access-Control-Request-Method", transport.method);
      Response answer = call.send();
      assertThat(answer.status()).as(origin).isEqualTo(403);
      assertThat(answer.header("Access-Control-Allow-Origin")).isNull();
    }
  }
}
