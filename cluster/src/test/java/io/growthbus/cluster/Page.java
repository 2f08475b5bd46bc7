package io.growthbus.cluster;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An open page as the node sees it: a raw WebSocket that speaks the frames of the socket. */
final class Page implements AutoCloseable {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final List<JsonObject> received = new CopyOnWriteArrayList<>();
  private final WebSocket socket;

  private Page(String url) {
    this.socket =
        CLIENT
            .newWebSocketBuilder()
            .buildAsync(URI.create(url), new Frames())
            .orTimeout(10, TimeUnit.SECONDS)
            .join();
  }

  /** Opens a page of a user on a node and registers for everything that a page may hear. */
  static Page open(String app, String userId) {
    String token = token(app, userId);
    Page page = new Page("ws" + app.substring("http".length()) + "/eventbus/websocket");
    for (String address : List.of("me.prompts", "me.entitlements", "public.flags")) {
      page.send(
          new JsonObject()
              .put("type", "register")
              .put("address", address)
              .put("headers", new JsonObject().put("authorization", "Bearer " + token)));
    }
    return page;
  }

  /** A token of the user, as the customer's server gets it. */
  static String token(String app, String userId) {
    return Http.json(app + "/api/auth/user-token", new JsonObject().put("user_id", userId))
        .getString("token");
  }

  void send(JsonObject frame) {
    socket.sendText(frame.encode(), true).orTimeout(10, TimeUnit.SECONDS).join();
  }

  /** Bodies of all messages received on an address, in order. */
  List<JsonObject> received(String address) {
    return received.stream()
        .filter(frame -> address.equals(frame.getString("address")))
        .map(frame -> frame.getJsonObject("body"))
        .toList();
  }

  /** Prompts received that were raised, repetitions included. */
  List<JsonObject> prompts() {
    return received("me.prompts").stream()
        .filter(body -> "prompt".equals(body.getString("type")))
        .toList();
  }

  @Override
  public void close() {
    socket.abort();
  }

  private final class Frames implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket source, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        received.add(new JsonObject(text.toString()));
        text.setLength(0);
      }
      source.request(1);
      return null;
    }
  }
}
