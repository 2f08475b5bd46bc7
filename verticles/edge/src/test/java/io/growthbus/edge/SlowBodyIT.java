package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.testing.Await;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Bodies that never come to their end. */
class SlowBodyIT {
  private static final Duration BRIEF = Duration.ofMillis(50);
  private static final int PATIENCE_MS = 10_000;
  private static final String UNFINISHED =
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500000\r\n\r\n[";

  private final Vertx vertx = Vertx.vertx();
  // Held here, because a client that nobody holds is closed.
  private final HttpClient client = vertx.createHttpClient();

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  private HttpServer serve(Handler<RoutingContext> first, Handler<RoutingContext> last) {
    Router router = Router.router(vertx);
    router.route().handler(first).handler(last);
    return Await.result(vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
  }

  /** What a client gets that begins a body and does not end it. */
  private static String trickle(HttpServer server) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.actualPort())) {
      socket.setSoTimeout(PATIENCE_MS);
      socket.getOutputStream().write(UNFINISHED.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (SocketException reset) {
      return "";
    }
  }

  @Test
  void a_body_that_takes_too_long_is_408_and_ends_the_connection() throws IOException {
    HttpServer server =
        serve(
            RoutingContext::next,
            ctx ->
                BodyReader.read(ctx.vertx(), ctx.request(), 1_000_000, BRIEF)
                    .onSuccess(body -> ctx.end("whole"))
                    .onFailure(failure -> ProblemWriter.write(ctx, failure)));

    assertThat(trickle(server)).startsWith("HTTP/1.1 408 ").contains("\"body_too_slow\"");
  }

  @Test
  void the_connection_of_a_body_that_another_handler_waits_for_is_cut() throws IOException {
    HttpServer server =
        serve(BodyReader.cutSlow(BRIEF), ctx -> BodyHandler.create(false).handle(ctx));

    assertThat(trickle(server)).isEmpty();
  }

  @Test
  void a_body_that_nobody_reads_ends_the_connection_after_the_answer() throws IOException {
    HttpServer server =
        serve(
            new ConnectionPatience(vertx, BRIEF, Duration.ofHours(1)),
            ctx -> ctx.end("answered before"));

    assertThat(trickle(server)).startsWith("HTTP/1.1 200 ").endsWith("answered before");
  }

  @Test
  void a_next_head_that_does_not_come_to_its_end_ends_the_connection() throws IOException {
    HttpServer server = serve(new ConnectionPatience(vertx, BRIEF, BRIEF), ctx -> ctx.end("first"));
    String first = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.actualPort())) {
      socket.setSoTimeout(PATIENCE_MS);
      socket
          .getOutputStream()
          .write((first + "GET / HTTP/1.1\r\nX-Slow: ").getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
          .endsWith("first");
    }
  }

  @Test
  void an_answer_that_takes_long_and_one_after_another_are_not_cut() {
    HttpServer server =
        serve(
            new ConnectionPatience(vertx, BRIEF, Duration.ofHours(1)),
            ctx ->
                ctx.request()
                    .end()
                    .compose(read -> ctx.vertx().timer(BRIEF.toMillis() * 4))
                    .onSuccess(later -> ctx.end("late")));

    for (int i = 0; i < 3; i++) {
      String answer =
          Await.result(
              client
                  .request(HttpMethod.POST, server.actualPort(), "127.0.0.1", "/")
                  .compose(request -> request.send("body"))
                  .compose(response -> response.body())
                  .map(Object::toString));
      assertThat(answer).isEqualTo("late");
    }
  }

  @Test
  void an_answer_that_takes_long_after_its_body_is_not_cut() {
    HttpServer server =
        serve(
            BodyReader.cutSlow(BRIEF),
            ctx ->
                ctx.request()
                    .end()
                    .compose(read -> ctx.vertx().timer(BRIEF.toMillis() * 4))
                    .onSuccess(later -> ctx.end("late")));

    String answer =
        Await.result(
            client
                .request(HttpMethod.POST, server.actualPort(), "127.0.0.1", "/")
                .compose(request -> request.send("body"))
                .compose(response -> response.body())
                .map(Object::toString));
    assertThat(answer).isEqualTo("late");
  }
}
