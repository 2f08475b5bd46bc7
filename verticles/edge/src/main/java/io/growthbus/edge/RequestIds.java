package io.growthbus.edge;

import io.vertx.ext.web.RoutingContext;
import java.util.UUID;

/** The id of a request: the caller's own when it is a plain word, else a new one. */
final class RequestIds {
  static final String HEADER = "X-Request-Id";
  private static final String KEY = "request-id";

  private RequestIds() {}

  /** Gives the request its id and says it in the response. */
  static void assign(RoutingContext ctx) {
    String sent = ctx.request().getHeader(HEADER);
    String id =
        sent != null && sent.matches("[A-Za-z0-9._-]{1,64}") ? sent : UUID.randomUUID().toString();
    ctx.put(KEY, id);
    ctx.response().putHeader(HEADER, id);
    ctx.next();
  }

  static String of(RoutingContext ctx) {
    String id = ctx.get(KEY);
    return id == null ? "none" : id;
  }
}
