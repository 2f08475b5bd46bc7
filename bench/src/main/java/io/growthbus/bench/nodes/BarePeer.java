package io.growthbus.bench.nodes;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.sockjs.SockJSHandler;
import io.vertx.ext.web.handler.sockjs.SockJSHandlerOptions;
import io.vertx.ext.web.handler.sockjs.SockJSSocket;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The toolkit without the product, as a process of its own: a server that answers fixed JSON, a
 * consumer on a clustered bus, or SockJS with a publisher in front. Ends with the process that
 * started it.
 */
public final class BarePeer {
  /** Address on the bus that is answered with fixed JSON. */
  public static final String ECHO = "bare.echo";

  /** Address on the bus that every peer hears, and acknowledges to {@link #HEARD}. */
  public static final String NEWS = "bare.news";

  public static final String HEARD = "bare.heard";

  private static final String HOST = "127.0.0.1";

  private BarePeer() {}

  /** Arguments: {@code fixed JSON}, {@code bus PORT FIRST-PORT MEMBERS JSON} or {@code sockjs}. */
  public static void main(String[] arguments) throws IOException {
    List<String> words = List.of(arguments);
    switch (words.get(0)) {
      case "fixed" -> fixed(words.get(1));
      case "bus" ->
          bus(
              Integer.parseInt(words.get(1)),
              Integer.parseInt(words.get(2)),
              Integer.parseInt(words.get(3)),
              new JsonObject(words.get(4)));
      case "sockjs" -> sockJs();
      default -> throw new IllegalArgumentException("unknown peer: " + words.get(0));
    }
    // Its input ends when the benchmark does, however that ends.
    System.in.transferTo(OutputStream.nullOutputStream());
    System.exit(0);
  }

  private static void fixed(String json) {
    Buffer body = Buffer.buffer(json);
    Vertx vertx = Vertx.vertx();
    listen(
        vertx
            .createHttpServer()
            .requestHandler(
                request ->
                    request.response().putHeader("Content-Type", "application/json").end(body)));
  }

  private static void bus(int port, int firstPort, int members, JsonObject answer)
      throws IOException {
    Vertx vertx = ClusterMember.join("growthbus-bare", port, firstPort, members).vertx();
    vertx.eventBus().<JsonObject>consumer(ECHO, message -> message.reply(answer));
    vertx
        .eventBus()
        .<JsonObject>consumer(NEWS, message -> vertx.eventBus().send(HEARD, message.body()));
    listen(vertx.createHttpServer().requestHandler(request -> request.response().end()));
  }

  private static void sockJs() {
    Vertx vertx = Vertx.vertx();
    Map<String, SockJSSocket> sockets = new HashMap<>();
    Router router = Router.router(vertx);
    router
        .post("/publish")
        .handler(BodyHandler.create(false))
        .handler(
            ctx -> {
              publish(ctx.body().asJsonObject(), sockets);
              ctx.response().end();
            });
    router
        .route("/push/*")
        .subRouter(
            SockJSHandler.create(
                    vertx,
                    new SockJSHandlerOptions()
                        .setInsertJSESSIONID(false)
                        .setRegisterWriteHandler(false))
                .socketHandler(
                    socket -> socket.handler(name -> greet(socket, name.toString(), sockets))));
    listen(vertx.createHttpServer().requestHandler(router));
  }

  private static void greet(SockJSSocket socket, String name, Map<String, SockJSSocket> sockets) {
    sockets.put(name, socket);
    socket.endHandler(gone -> sockets.remove(name, socket));
    socket.write(Sockets.READY);
  }

  private static void publish(JsonObject order, Map<String, SockJSSocket> sockets) {
    String text = order.getJsonObject("message").encode();
    String to = order.getString("to");
    if (to == null) {
      sockets.values().forEach(socket -> socket.write(text));
      return;
    }
    SockJSSocket socket = sockets.get(to);
    if (socket != null) {
      socket.write(text);
    }
  }

  private static void listen(HttpServer server) {
    int port = server.listen(0, HOST).await().actualPort();
    System.out.println("  app       http://" + HOST + ":" + port);
  }
}
