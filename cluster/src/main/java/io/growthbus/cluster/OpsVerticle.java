package io.growthbus.cluster;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** The operations port: Kubernetes probes and Prometheus metrics; no user data. */
final class OpsVerticle extends VerticleBase {
  private final String host;
  private final int port;
  private final Readiness readiness;
  private final PrometheusMeterRegistry metrics;
  private @Nullable HttpServer server;

  OpsVerticle(String host, int port, Readiness readiness, PrometheusMeterRegistry metrics) {
    this.host = host;
    this.port = port;
    this.readiness = readiness;
    this.metrics = metrics;
  }

  @Override
  public Future<?> start() {
    return vertx
        .createHttpServer(new HttpServerOptions().setHost(host).setPort(port).setIdleTimeout(30))
        .requestHandler(this::handle)
        .listen()
        .onSuccess(listening -> server = listening);
  }

  /** The port that it listens on, once started. */
  int port() {
    return server == null ? port : server.actualPort();
  }

  private void handle(HttpServerRequest request) {
    switch (request.path()) {
      case "/health/live" -> json(request, 200, new JsonObject().put("status", "UP"));
      case "/health/ready" ->
          readiness
              .state()
              .onComplete(
                  state -> json(request, "UP".equals(state.getString("status")) ? 200 : 503, state),
                  failure -> json(request, 503, new JsonObject().put("status", "DOWN")));
      case "/metrics" ->
          request
              .response()
              .putHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
              .end(metrics.scrape());
      default -> request.response().setStatusCode(404).end();
    }
  }

  private static void json(HttpServerRequest request, int status, JsonObject body) {
    request
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", "application/json")
        .end(body.toBuffer());
  }
}
