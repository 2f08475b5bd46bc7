package io.growthbus.edge;

import io.growthbus.edge.core.OriginRules;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lets permitted origins pass and answers their preflights; stands before every route and socket.
 */
final class OriginGate implements Handler<RoutingContext> {
  private static final String METHODS = "GET, POST, PUT, DELETE";
  private static final String HEADERS =
      "authorization, content-type, content-encoding, if-none-match, if-match, x-api-key,"
          + " x-request-id, x-growthbus-track, last-event-id";
  private static final String EXPOSED = "ETag, Retry-After, X-Request-Id";
  private static final String PREFLIGHT_AGE_S = "600";

  private final OriginRules rules;

  OriginGate(OriginRules rules) {
    this.rules = rules;
  }

  @Override
  public void handle(RoutingContext ctx) {
    // Browsers name one; several are as good as a foreign one.
    List<String> origins = ctx.request().headers().getAll("Origin");
    String origin = origins.isEmpty() ? null : String.join(", ", origins);
    String host = host(ctx.request());
    HttpServerResponse response = ctx.response();
    response.putHeader("Vary", "Origin");
    if (!rules.permits(origin, host)) {
      ProblemWriter.write(
          ctx,
          new RoomException(
              ErrorKind.FORBIDDEN,
              "origin_not_allowed",
              "Pages of this origin may not call; an operator allows them in"
                  + " GROWTHBUS_ALLOWED_ORIGINS."));
      return;
    }
    if (origin != null && rules.isCrossOrigin(origin, host)) {
      response
          .putHeader("Access-Control-Allow-Origin", origin)
          .putHeader("Access-Control-Allow-Credentials", "true")
          .putHeader("Access-Control-Expose-Headers", EXPOSED);
    }
    if (origin != null
        && HttpMethod.OPTIONS.equals(ctx.request().method())
        && ctx.request().getHeader("Access-Control-Request-Method") != null) {
      response
          .putHeader("Access-Control-Allow-Methods", METHODS)
          .putHeader("Access-Control-Allow-Headers", HEADERS)
          .putHeader("Access-Control-Max-Age", PREFLIGHT_AGE_S)
          .setStatusCode(204)
          .end();
      return;
    }
    ctx.next();
  }

  /** As the request line or the header says it; HTTP/2 has no header. No proxy is believed. */
  private static @Nullable String host(HttpServerRequest request) {
    String header = request.getHeader("Host");
    HostAndPort authority = request.authority();
    return header == null && authority != null ? authority.toString() : header;
  }
}
