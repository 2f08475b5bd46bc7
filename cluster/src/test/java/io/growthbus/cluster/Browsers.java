package io.growthbus.cluster;

import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Browsers of many users, each with several tabs: a tab whose socket ends opens another one on any
 * node; of the tabs that get a prompt the first one shows it and says so, as the SDK does.
 */
final class Browsers implements AutoCloseable {
  private static final int PAUSE_MS = 200;

  private final Vertx vertx = Vertx.vertx();
  private final WebSocketClient client =
      vertx.createWebSocketClient(new WebSocketClientOptions().setMaxConnections(100_000));
  private final Supplier<String> anyApp;
  private final Map<String, String> shownTo = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> renderings = new ConcurrentHashMap<>();
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger reopened = new AtomicInteger();
  private final AtomicLong frames = new AtomicLong();
  private volatile boolean closing;

  /**
   * @param anyApp address of a node, dead or alive
   */
  Browsers(Supplier<String> anyApp) {
    this.anyApp = anyApp;
  }

  /** Opens the tabs of a user. */
  void open(String userId, String token, int tabs) {
    Map<String, Boolean> seen = new ConcurrentHashMap<>();
    for (int i = 0; i < tabs; i++) {
      vertx.runOnContext(now -> new Tab(userId, token, seen).connect());
    }
  }

  /** Tabs whose socket is open. */
  int openTabs() {
    return open.get();
  }

  /** How often a tab had to look for another node. */
  int reopened() {
    return reopened.get();
  }

  /** Frames with a prompt, over all tabs. */
  long promptFrames() {
    return frames.get();
  }

  /** Prompts that were rendered and the user whose browser did it. */
  Map<String, String> rendered() {
    return Map.copyOf(shownTo);
  }

  /** How often the prompt that was rendered most often was. */
  int mostRenderings() {
    return renderings.values().stream().mapToInt(AtomicInteger::get).max().orElse(0);
  }

  @Override
  public void close() {
    closing = true;
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private final class Tab {
    private final String userId;
    private final String token;
    private final Map<String, Boolean> seen;

    /**
     * @param seen what the tabs of this browser have in common
     */
    Tab(String userId, String token, Map<String, Boolean> seen) {
      this.userId = userId;
      this.token = token;
      this.seen = seen;
    }

    void connect() {
      if (closing) {
        return;
      }
      URI app = URI.create(anyApp.get());
      client
          .connect(app.getPort(), app.getHost(), "/eventbus/websocket")
          .onSuccess(this::opened)
          .onFailure(gone -> again());
    }

    private void again() {
      if (!closing) {
        reopened.incrementAndGet();
        vertx.setTimer(1 + ThreadLocalRandom.current().nextInt(PAUSE_MS), later -> connect());
      }
    }

    private void opened(WebSocket socket) {
      open.incrementAndGet();
      socket.textMessageHandler(text -> heard(socket, new JsonObject(text)));
      socket.exceptionHandler(broken -> {});
      socket.closeHandler(
          gone -> {
            open.decrementAndGet();
            again();
          });
      write(
          socket,
          new JsonObject()
              .put("type", "register")
              .put("address", "me.prompts")
              .put("headers", new JsonObject().put("authorization", "Bearer " + token)));
    }

    private void heard(WebSocket socket, JsonObject frame) {
      JsonObject body = frame.getJsonObject("body");
      if (!"rec".equals(frame.getString("type")) || !"prompt".equals(body.getString("type"))) {
        return;
      }
      frames.incrementAndGet();
      String promptId = body.getString("prompt_id");
      if (seen.putIfAbsent(promptId, true) == null) {
        shownTo.put(promptId, userId);
        renderings.computeIfAbsent(promptId, id -> new AtomicInteger()).incrementAndGet();
      }
      // An acknowledgement may be lost with its socket; each tab repeats it.
      write(
          socket,
          new JsonObject()
              .put("type", "send")
              .put("address", "me.prompts.ack")
              .put("body", new JsonObject().put("prompt_id", promptId).put("action", "shown")));
    }

    private void write(WebSocket socket, JsonObject frame) {
      socket.writeTextMessage(frame.encode()).otherwiseEmpty();
    }
  }
}
