package io.growthbus.edge;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.config.Catalogue;
import io.growthbus.shared.config.Catalogue.Price;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Secret;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A real edge on a free port, with rooms that a test speaks for. */
final class EdgeNode implements AutoCloseable {
  static final String PK = "pk_test_1";
  static final String SK = "sk_test_1";
  static final String AK = "ak_test_1";
  static final String TOKEN_SECRET = "0123456789abcdef0123456789abcdef";
  static final String APP = "https://app.example.com";

  static final EdgeSettings OPEN =
      new EdgeSettings(
          "127.0.0.1",
          0,
          null,
          null,
          null,
          new Secret(TOKEN_SECRET),
          List.of(APP),
          32 * 1024,
          64 * 1024,
          Duration.ZERO,
          Duration.ofSeconds(10),
          2,
          6,
          Duration.ofMillis(100),
          6,
          8,
          new Secret("whsec_demo"));

  static final EdgeSettings KEYED = keyed(6);

  /** A node with keys and room for so many sockets, and as many streams, of one address. */
  static EdgeSettings keyed(int perAddress) {
    return new EdgeSettings(
        "127.0.0.1",
        0,
        new Secret(PK),
        new Secret(SK),
        new Secret(AK),
        new Secret(TOKEN_SECRET),
        List.of(APP),
        32 * 1024,
        64 * 1024,
        Duration.ZERO,
        Duration.ofSeconds(10),
        2,
        Math.max(6, perAddress),
        Duration.ofMillis(100),
        perAddress,
        perAddress + 2,
        null);
  }

  static final GrowthConfig CONFIG =
      new GrowthConfig(
          new GrowthConfig.Telemetry("1.0.0", 25, Duration.ofSeconds(2), List.of(), Map.of()),
          Flags.NONE,
          new GrowthConfig.Entitlements(
              Duration.ofMinutes(5),
              "free",
              Duration.ZERO,
              Duration.ZERO,
              Duration.ZERO,
              List.of(
                  new GrowthConfig.Tier("free", Map.of("api_calls", 100L), List.of(), List.of()),
                  new GrowthConfig.Tier("pro", Map.of(), List.of("api_calls"), List.of("export"))),
              List.of(),
              new Catalogue(
                  Map.of(), Map.of(), Map.of("pro", List.of(new Price(1_900, "EUR", "month"))))),
          List.of(),
          new GrowthConfig.Activation(List.of()),
          new GrowthConfig.Consent(false),
          new GrowthConfig.Privacy(GrowthConfig.PrivacyMode.FLOOR, List.of()),
          null);

  /** An answer as it came. */
  record Response(int status, MultiMap headers, Buffer body) {
    JsonObject json() {
      return body.toJsonObject();
    }

    @Nullable String header(String name) {
      return headers.get(name);
    }

    String code() {
      return String.valueOf(json().getString("code"));
    }
  }

  final Vertx vertx = Vertx.vertx();
  final Bus bus = new Bus(vertx);
  final FakeRooms rooms = new FakeRooms();
  final MovableClock clock = new MovableClock();
  // Held here, because a client that nobody holds is closed.
  final HttpClient client = vertx.createHttpClient();
  final WebSocketClient webSockets =
      vertx.createWebSocketClient(
          new WebSocketClientOptions()
              .setMaxFrameSize(1 << 20)
              .setMaxMessageSize(1 << 20)
              .setMaxConnections(1_000));
  final WebSocketClient elsewhere =
      vertx.createWebSocketClient(new WebSocketClientOptions().setLocalAddress("127.0.0.2"));
  // One event loop for all requests, so that no part of an answer comes before its handler.
  private final Context clientContext = vertx.getOrCreateContext();
  private final AtomicReference<@Nullable EdgeVerticle> edge = new AtomicReference<>();
  private final String deployment;

  EdgeNode(EdgeSettings settings) {
    this(settings, true);
  }

  EdgeNode(EdgeSettings settings, boolean withRooms) {
    Live<GrowthConfig> config = new Live<>(CONFIG);
    deployment =
        Await.result(
            (withRooms ? rooms.serve(bus) : Future.succeededFuture())
                .compose(
                    served ->
                        vertx.deployVerticle(
                            () -> {
                              EdgeVerticle verticle =
                                  new EdgeVerticle(bus, config, settings, clock);
                              edge.set(verticle);
                              return verticle;
                            },
                            new DeploymentOptions())));
  }

  int port() {
    return Objects.requireNonNull(edge.get()).port();
  }

  Future<Void> undeploy() {
    return vertx.undeploy(deployment);
  }

  /** A valid user token for the next ten minutes. */
  String token(String user) {
    return token(user, Duration.ofMinutes(10));
  }

  String token(String user, Duration life) {
    long expires = clock.millis() / 1000 + life.toSeconds();
    return Jwt.hs256(new JsonObject().put("sub", user).put("exp", expires), TOKEN_SECRET);
  }

  Call get(String path) {
    return new Call(HttpMethod.GET, path);
  }

  Call post(String path, String body) {
    return new Call(HttpMethod.POST, path).body(Buffer.buffer(body));
  }

  Call call(String method, String path) {
    return new Call(HttpMethod.valueOf(method), path);
  }

  @Override
  public void close() {
    Await.result(vertx.close());
  }

  /** A request that is put together. */
  final class Call {
    private final HttpMethod method;
    private final String path;
    private final MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    private Buffer body = Buffer.buffer();

    private Call(HttpMethod method, String path) {
      this.method = method;
      this.path = path;
    }

    Call header(String name, String value) {
      headers.add(name, value);
      return this;
    }

    Call bearer(String credential) {
      return header("Authorization", "Bearer " + credential);
    }

    /** As a page of a user: the token, and the publishable key beside it. */
    Call page(String user) {
      return bearer(token(user)).header("X-API-Key", PK);
    }

    Call body(Buffer bytes) {
      body = bytes;
      return this;
    }

    Future<Response> start() {
      Promise<Response> answer = Promise.promise();
      clientContext.runOnContext(now -> exchange().onComplete(answer));
      return answer.future();
    }

    private Future<Response> exchange() {
      RequestOptions options =
          new RequestOptions()
              .setMethod(method)
              .setHost("127.0.0.1")
              .setPort(port())
              .setURI(path)
              .setHeaders(headers);
      return client
          .request(options)
          .compose(request -> request.send(body))
          .compose(
              response -> {
                if ("text/event-stream".equals(response.getHeader("Content-Type"))) {
                  // Has no end: the head is the answer.
                  response.exceptionHandler(reset -> {}).request().reset();
                  return Future.succeededFuture(
                      new Response(response.statusCode(), response.headers(), Buffer.buffer()));
                }
                return response
                    .body()
                    .map(bytes -> new Response(response.statusCode(), response.headers(), bytes));
              });
    }

    Response send() {
      return Await.result(start());
    }
  }
}
