package io.growthbus.shared.testing;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A way to a server on loopback whose connections can fall silent, as behind a firewall that has
 * forgotten them: they stay open and nothing passes. Later connections work.
 */
public final class SilentProxy implements AutoCloseable {
  private final NetServer server;
  private final NetClient client;
  private final List<NetSocket> toServer = new CopyOnWriteArrayList<>();
  private final AtomicInteger open = new AtomicInteger();

  public SilentProxy(Vertx vertx, int port) {
    client = vertx.createNetClient();
    server = vertx.createNetServer().connectHandler(from -> connect(from, port));
    Await.result(server.listen(0, "127.0.0.1"));
  }

  private void connect(NetSocket from, int port) {
    from.pause();
    open.incrementAndGet();
    from.closeHandler(closed -> open.decrementAndGet());
    client
        .connect(port, "127.0.0.1")
        .onSuccess(
            to -> {
              toServer.add(to);
              to.handler(from::write);
              from.handler(to::write).resume();
            })
        .onFailure(failure -> from.close());
  }

  public int port() {
    return server.actualPort();
  }

  /** From now on nothing passes on the connections that are open now. */
  public void silence() {
    toServer.forEach(to -> to.handler(lost -> {}));
  }

  /** Connections that the client holds open. */
  public int open() {
    return open.get();
  }

  @Override
  public void close() {
    Await.result(server.close());
    Await.result(client.close());
  }
}
