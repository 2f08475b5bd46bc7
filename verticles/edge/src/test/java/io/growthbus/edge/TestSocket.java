package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A page's end of the raw socket. */
final class TestSocket {
  private final ClientWebSocket socket;
  private final BlockingQueue<JsonObject> frames = new LinkedBlockingQueue<>();
  private final Promise<Integer> closed = Promise.promise();

  private TestSocket(ClientWebSocket socket) {
    this.socket = socket;
    // Set before it is opened, so that no frame comes before its handler.
    socket.textMessageHandler(text -> frames.add(new JsonObject(text)));
    socket.closeHandler(
        gone -> {
          Short code = socket.closeStatusCode();
          closed.tryComplete(code == null ? Integer.valueOf(0) : Integer.valueOf(code));
        });
    socket.exceptionHandler(broken -> {});
  }

  static TestSocket open(EdgeNode node) {
    return Await.result(connect(node, "X-Request-Id", "page"));
  }

  /** The same from another address of this machine. */
  static TestSocket openElsewhere(EdgeNode node) {
    return Await.result(connect(node.elsewhere, node, "X-Request-Id", "page"));
  }

  /** A socket that hears an address, proven to do so; nothing is pending. */
  static TestSocket hearing(EdgeNode node, String address, String user) {
    node.rooms.nothingPending();
    TestSocket socket = open(node).register(address, node.token(user));
    socket.expectNothingElse();
    return socket;
  }

  static void isError(JsonObject frame, String word) {
    assertThat(frame).isEqualTo(new JsonObject().put("type", "err").put("body", word));
  }

  /** The frame of a message. */
  static JsonObject rec(String address, JsonObject body) {
    return new JsonObject().put("type", "rec").put("address", address).put("body", body);
  }

  static Future<TestSocket> connect(EdgeNode node, String header, String value) {
    return connect(node.webSockets, node, header, value);
  }

  private static Future<TestSocket> connect(
      WebSocketClient client, EdgeNode node, String header, String value) {
    WebSocketConnectOptions options =
        new WebSocketConnectOptions()
            .setHost("127.0.0.1")
            .setPort(node.port())
            .setURI("/eventbus/websocket")
            .setAllowOriginHeader(header.equals("Origin"))
            .addHeader(header, value);
    Promise<TestSocket> opened = Promise.promise();
    node.vertx.runOnContext(
        now -> {
          TestSocket socket = new TestSocket(client.webSocket());
          socket.socket.connect(options).map(open -> socket).onComplete(opened);
        });
    return opened.future();
  }

  TestSocket send(JsonObject frame) {
    return sendText(frame.encode());
  }

  TestSocket sendText(String text) {
    socket.writeTextMessage(text).otherwiseEmpty();
    return this;
  }

  TestSocket register(String address, String token) {
    return send(
        new JsonObject()
            .put("type", "register")
            .put("address", address)
            .put("headers", new JsonObject().put("authorization", "Bearer " + token)));
  }

  TestSocket say(String address, JsonObject body, @Nullable String replyAddress) {
    JsonObject frame =
        new JsonObject().put("type", "send").put("address", address).put("body", body);
    return send(replyAddress == null ? frame : frame.put("replyAddress", replyAddress));
  }

  /** The next frame of the node. */
  JsonObject next() {
    try {
      JsonObject frame = frames.poll(10, TimeUnit.SECONDS);
      if (frame == null) {
        throw new AssertionError("no frame within 10 seconds");
      }
      return frame;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Proves that nothing else is on its way: frames come in order, so a question that is always
   * answered must be answered next.
   */
  void expectNothingElse() {
    sendText("no json");
    JsonObject next = next();
    if (!"invalid_json".equals(next.getString("body"))) {
      throw new AssertionError("unexpected frame " + next);
    }
  }

  /** Whether the node answers it instead of closing it. */
  boolean isTaken() {
    sendText("no json");
    Await.until(
        "it is answered or closed",
        Duration.ofSeconds(10),
        () -> !frames.isEmpty() || socket.isClosed());
    return !frames.isEmpty();
  }

  /** Stops to read, as a page that hangs. */
  void pause() {
    socket.pause();
  }

  void resume() {
    socket.resume();
  }

  /** The code that the node closes with. */
  int closeCode() {
    return Await.result(closed.future());
  }

  boolean isOpen() {
    return !socket.isClosed();
  }

  void close() {
    Await.result(socket.close());
  }
}
