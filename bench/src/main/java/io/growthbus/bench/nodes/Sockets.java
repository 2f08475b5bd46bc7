package io.growthbus.bench.nodes;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Many open WebSockets of one server, held on one thread: the pages of as many users. The same for
 * every server that is compared.
 */
public final class Sockets implements AutoCloseable {
  /** What a bare server says when it knows a socket by its name. */
  public static final String READY = "{\"ready\":true}";

  private static final int AT_ONCE = 32;
  private static final long LONGEST_OPENING_S = 180;
  private static final long SIGN_OF_LIFE_MS = 20_000;

  private final Vertx vertx =
      Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1));
  private final InetSocketAddress server;
  private final Dialect dialect;
  private final List<String> names;
  private final Listener listener;
  private final WebSocketClient client;
  private final AtomicReferenceArray<WebSocket> sockets;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger lost = new AtomicInteger();
  private volatile boolean closing;

  /** Hears what arrives; always called on the one thread. */
  public interface Listener {
    /**
     * Takes a frame.
     *
     * @param socket index of its name
     * @param nanos when it arrived, by {@link System#nanoTime()}
     */
    void message(int socket, String frame, long nanos);
  }

  private Sockets(
      InetSocketAddress server, Dialect dialect, List<String> names, Listener listener) {
    this.server = server;
    this.dialect = dialect;
    this.names = List.copyOf(names);
    this.listener = listener;
    this.sockets = new AtomicReferenceArray<>(names.size());
    this.client =
        vertx.createWebSocketClient(
            new WebSocketClientOptions()
                .setMaxConnections(names.size())
                .setConnectTimeout(20_000)
                .setTryUsePerMessageCompression(false));
  }

  /**
   * Opens a socket for each name and waits until the server knows all of them.
   *
   * @throws IllegalStateException when one of them cannot be opened
   */
  public static Sockets open(
      InetSocketAddress server, Dialect dialect, List<String> names, Listener listener)
      throws Exception {
    Sockets opened = new Sockets(server, dialect, names, listener);
    try {
      opened.openAll();
      return opened;
    } catch (Exception e) {
      opened.close();
      throw new IllegalStateException("the sockets cannot be opened: " + e.getMessage(), e);
    }
  }

  /** Sends a frame; from any thread. */
  public void send(int socket, String frame) {
    sockets.get(socket).writeTextMessage(frame);
  }

  /** Sockets that the other side has closed. */
  public int lost() {
    return lost.get();
  }

  /** How many were opened. */
  public int size() {
    return names.size();
  }

  @Override
  public void close() throws Exception {
    closing = true;
    vertx.close().await(30, TimeUnit.SECONDS);
  }

  private void openAll() throws Exception {
    List<Future<?>> chains = new ArrayList<>();
    for (int i = 0; i < AT_ONCE; i++) {
      chains.add(openNext());
    }
    Future.all(chains).await(LONGEST_OPENING_S, TimeUnit.SECONDS);
    dialect
        .signOfLife()
        .ifPresent(
            frame ->
                vertx.setPeriodic(
                    SIGN_OF_LIFE_MS,
                    timer -> {
                      for (int i = 0; i < sockets.length(); i++) {
                        send(i, frame);
                      }
                    }));
  }

  private Future<?> openNext() {
    int index = next.getAndIncrement();
    return index >= names.size()
        ? Future.succeededFuture()
        : open(index).compose(ready -> openNext());
  }

  private Future<Void> open(int index) {
    WebSocketConnectOptions where =
        new WebSocketConnectOptions()
            .setHost(server.getHostString())
            .setPort(server.getPort())
            .setURI(dialect.path());
    return client.connect(where).compose(socket -> greet(index, socket));
  }

  private Future<Void> greet(int index, WebSocket socket) {
    Promise<Void> ready = Promise.promise();
    sockets.set(index, socket);
    socket.textMessageHandler(frame -> received(index, frame, ready));
    socket.closeHandler(
        closed -> {
          ready.tryFail("the server has closed a socket with " + socket.closeStatusCode());
          if (!closing) {
            lost.incrementAndGet();
          }
        });
    dialect.hello(names.get(index)).forEach(socket::writeTextMessage);
    return ready.future();
  }

  private void received(int index, String frame, Promise<Void> ready) {
    long now = System.nanoTime();
    dialect.answer(frame, names.get(index)).ifPresent(answer -> send(index, answer));
    if (!ready.future().isComplete() && dialect.isReady(frame)) {
      ready.complete();
    } else {
      listener.message(index, frame, now);
    }
  }
}
