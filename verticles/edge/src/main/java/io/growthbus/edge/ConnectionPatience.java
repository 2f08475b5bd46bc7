package io.growthbus.edge;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * Ends connections that have been answered and dawdle then: with the rest of a body that nobody
 * reads, or with a next request whose head does not come to its end. Each byte counts as a sign of
 * life of a connection, so that a trickle would hold it for ever.
 *
 * <p>The head of the first request is not seen here: the library makes the connection known only
 * once it is complete, because it may ask for HTTP/2.
 *
 * <p>Stands before every route; lives on one event loop.
 */
final class ConnectionPatience implements Handler<RoutingContext> {
  /** As long as a body may take that is read. */
  private static final Duration BODY = Duration.ofSeconds(30);

  /** From then on, until the head of the next request. */
  private static final Duration NEXT_REQUEST = Duration.ofSeconds(45);

  private final Vertx vertx;
  private final Duration body;
  private final Duration nextRequest;

  /** Weak, because the library does not tell of the end of every exchange. */
  private final Map<HttpConnection, Exchanges> connections = new WeakHashMap<>();

  private static final class Exchanges {
    int open;
    long timer = -1;
  }

  ConnectionPatience(Vertx vertx) {
    this(vertx, BODY, NEXT_REQUEST);
  }

  ConnectionPatience(Vertx vertx, Duration body, Duration nextRequest) {
    this.vertx = vertx;
    this.body = body;
    this.nextRequest = nextRequest;
  }

  @Override
  public void handle(RoutingContext ctx) {
    HttpServerRequest request = ctx.request();
    HttpConnection connection = request.connection();
    Exchanges exchanges = connections.computeIfAbsent(connection, first -> new Exchanges());
    vertx.cancelTimer(exchanges.timer);
    // What becomes a WebSocket, or HTTP/2, has other limits.
    if (request.getHeader("Upgrade") == null) {
      exchanges.open++;
      ctx.addEndHandler(
          done -> {
            exchanges.open--;
            if (exchanges.open == 0) {
              expectBody(request, exchanges);
            }
          });
    }
    ctx.next();
  }

  /** An answer may come before the end of its request, if only by a moment. */
  private void expectBody(HttpServerRequest request, Exchanges exchanges) {
    HttpConnection connection = request.connection();
    exchanges.timer =
        vertx.setTimer(
            body.toMillis(),
            late -> {
              if (request.isEnded()) {
                exchanges.timer =
                    vertx.setTimer(nextRequest.toMillis(), silent -> connection.close());
              } else {
                connection.close();
              }
            });
  }
}
