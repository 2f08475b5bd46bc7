package io.growthbus.edge;

import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A reader of server-sent events, with a connection of its own. */
final class TestStream {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final HttpClient client;
  private final List<String> blocks = new CopyOnWriteArrayList<>();
  private final Promise<Void> ended = Promise.promise();
  private final Promise<HttpClientResponse> head = Promise.promise();
  private String rest = "";
  private int read;

  private TestStream(HttpClient client) {
    this.client = client;
  }

  /** Opens a stream; pairs of header names and values may follow. */
  static TestStream open(EdgeNode node, String path, String... headers) {
    return from("127.0.0.1", node, path, headers);
  }

  /** The same from another address of this machine. */
  static TestStream from(String address, EdgeNode node, String path, String... headers) {
    MultiMap all = MultiMap.caseInsensitiveMultiMap();
    for (int i = 0; i < headers.length; i += 2) {
      all.add(headers[i], headers[i + 1]);
    }
    Vertx vertx = node.vertx;
    TestStream stream =
        new TestStream(
            vertx.createHttpClient(
                new HttpClientOptions().setLocalAddress(address), new PoolOptions()));
    vertx
        .getOrCreateContext()
        .runOnContext(
            now ->
                stream
                    .client
                    .request(
                        new RequestOptions()
                            .setMethod(HttpMethod.GET)
                            .setHost("127.0.0.1")
                            .setPort(node.port())
                            .setURI(path)
                            .setHeaders(all))
                    .compose(HttpClientRequest::send)
                    .map(stream::listen)
                    .onComplete(stream.head));
    Await.result(stream.head.future());
    return stream;
  }

  private HttpClientResponse listen(HttpClientResponse response) {
    return response
        .handler(this::take)
        .endHandler(end -> ended.tryComplete())
        .exceptionHandler(ended::tryFail);
  }

  private void take(Buffer chunk) {
    rest += chunk.toString(StandardCharsets.UTF_8);
    for (int end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      blocks.add(rest.substring(0, end));
      rest = rest.substring(end + 2);
    }
  }

  int status() {
    return Await.result(head.future()).statusCode();
  }

  String header(String name) {
    return String.valueOf(Await.result(head.future()).getHeader(name));
  }

  /** The next block, whatever it is. */
  String next() {
    Await.until("a block comes", SOON, () -> blocks.size() > read);
    return blocks.get(read++);
  }

  /** The next event; what is only a comment or an id is passed over. */
  JsonObject event() {
    for (String block = next(); ; block = next()) {
      for (String line : block.split("\n", -1)) {
        if (line.startsWith("data: ")) {
          return new JsonObject(line.substring("data: ".length()));
        }
      }
    }
  }

  /** What has come and was not looked at. */
  List<String> unread() {
    return new ArrayList<>(blocks.subList(read, blocks.size()));
  }

  /** Completed when the node has ended it in good order. */
  Future<Void> ended() {
    return ended.future();
  }

  void close() {
    Await.result(client.close());
  }
}
