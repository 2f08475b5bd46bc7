package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.message.PromptRaised;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same socket over the transports of SockJS that need no WebSocket. */
class SockJsIT {
  private final EdgeNode node = new EdgeNode(EdgeNode.KEYED);

  @AfterEach
  void stop() {
    node.close();
  }

  private Response poll(String session) {
    return Await.result(pollLong(session));
  }

  /** A poll; the library closes its connection without saying so, hence no other may use it. */
  private Future<Response> pollLong(String session) {
    return node.post("/eventbus/000/" + session + "/xhr", "").header("Connection", "close").start();
  }

  private Response send(String session, JsonObject frame) {
    return node.post(
            "/eventbus/000/" + session + "/xhr_send", new JsonArray().add(frame.encode()).encode())
        .header("Connection", "close")
        .send();
  }

  private JsonObject register(String user) {
    return new JsonObject()
        .put("type", "register")
        .put("address", "me.prompts")
        .put("headers", new JsonObject().put("authorization", "Bearer " + node.token(user)));
  }

  private static JsonObject message(String frames) {
    assertThat(frames).startsWith("a[");
    return new JsonObject(new JsonArray(frames.substring(1).strip()).getString(0));
  }

  @Test
  void xhr_polling_carries_register_prompts_and_acknowledgements() {
    assertThat(poll("s1").body().toString()).isEqualTo("o\n");
    assertThat(send("s1", register("ada")).status()).isEqualTo(204);
    JsonObject prompt = message(poll("s1").body().toString());
    assertThat(prompt.getString("address")).isEqualTo("me.prompts");
    assertThat(prompt.getJsonObject("body").getString("prompt_id")).isEqualTo(FakeRooms.PROMPT_ID);

    send(
        "s1",
        new JsonObject()
            .put("type", "send")
            .put("address", "me.prompts.ack")
            .put("replyAddress", "r1")
            .put("body", new JsonObject().put("prompt_id", "p").put("action", "shown")));
    assertThat(message(poll("s1").body().toString()).getString("address")).isEqualTo("r1");

    Future<Response> waiting = pollLong("s1");
    node.bus.publish(Channels.PROMPT_RAISED, new PromptRaised("ada", FakeRooms.prompt("p2")));
    assertThat(
            message(Await.result(waiting).body().toString())
                .getJsonObject("body")
                .getString("prompt_id"))
        .isEqualTo("p2");
  }

  @Test
  void xhr_streaming_carries_prompts() {
    Queue<String> received = new ConcurrentLinkedQueue<>();
    Await.result(
        node.client
            .request(HttpMethod.POST, node.port(), "127.0.0.1", "/eventbus/000/s2/xhr_streaming")
            .compose(request -> request.send())
            .onSuccess(response -> response.handler(chunk -> received.add(chunk.toString()))));
    Await.until(
        "it is open", Duration.ofSeconds(10), () -> String.join("", received).endsWith("o\n"));
    send("s2", register("ada"));
    Await.until(
        "the pending prompt is there",
        Duration.ofSeconds(10),
        () -> String.join("", received).contains(FakeRooms.PROMPT_ID));
  }

  @Test
  void a_foreign_user_is_refused_on_every_transport_alike() {
    poll("s3");
    send(
        "s3",
        new JsonObject().put("type", "register").put("address", "growthbus.activation.pending"));
    assertThat(message(poll("s3").body().toString()))
        .isEqualTo(new JsonObject().put("type", "err").put("body", "access_denied"));
  }

  @ParameterizedTest
  @CsvSource({
    "GET,  /eventbus/000/x1/eventsource",
    "GET,  /eventbus/000/x1/htmlfile?c=cb",
    "GET,  /eventbus/000/x1/jsonp?c=cb",
    "POST, /eventbus/000/x1/jsonp_send",
    "GET,  /eventbus/iframe.html",
    "GET,  /eventbus/iframe-1.6.1.html",
    "GET,  /eventbus/iframe.html?t=1",
    "POST, /eventbus/chunking_test",
    "GET,  /eventbus/nothing",
  })
  void transports_that_are_off_do_not_exist(String method, String path) {
    Response response = node.call(method, path).send();
    assertThat(response.status()).isEqualTo(404);
    assertThat(response.code()).isEqualTo("not_found");
  }

  @Test
  void info_tells_clients_that_websockets_are_there_and_cookies_are_not_needed() {
    Response response = node.get("/eventbus/info").send();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.json().getBoolean("websocket")).isTrue();
    assertThat(response.json().getBoolean("cookie_needed")).isFalse();
    assertThat(response.header("Set-Cookie")).isNull();
  }

  @Test
  void a_body_of_more_than_16_kib_is_refused() {
    poll("s4");
    Response response =
        node.post("/eventbus/000/s4/xhr_send", "[\"" + "x".repeat(16 * 1024) + "\"]").send();
    assertThat(response.status()).isEqualTo(413);
    assertThat(response.code()).isEqualTo("body_too_large");
  }

  @Test
  void a_session_ends_with_its_token() {
    poll("s5");
    send("s5", register("ada"));
    poll("s5");
    Future<Response> waiting = pollLong("s5");
    node.clock.forward(Duration.ofMinutes(10));
    assertThat(Await.result(waiting).body().toString()).startsWith("c[");
  }
}
