package io.growthbus.edge;

import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes every error of the HTTP side as {@code application/problem+json} (RFC 9457): a stable
 * code, a sentence, never a stack trace and never what the caller sent.
 */
final class ProblemWriter {
  private static final Logger LOG = LoggerFactory.getLogger(ProblemWriter.class);
  private static final int LONGEST_PAUSE_S = 5;

  private ProblemWriter() {}

  /** Ends the response with a failure, in the form that its caller understands. */
  static void write(RoutingContext ctx, Throwable failure) {
    if (OfrepFailures.concern(ctx)) {
      write(ctx, failure, OfrepFailures.CONTENT_TYPE, refusal -> OfrepFailures.body(ctx, refusal));
    } else {
      write(ctx, failure, "application/problem+json", refusal -> body(ctx, refusal));
    }
  }

  /**
   * Ends the response with a failure in a form of the route's own.
   *
   * @param form makes the body
   */
  static void write(
      RoutingContext ctx,
      Throwable failure,
      String contentType,
      Function<RoomException, JsonObject> form) {
    RoomException refusal = refusal(ctx, failure);
    int status = status(refusal);
    HttpServerResponse response = ctx.response();
    if (response.ended() || response.closed()) {
      return;
    }
    if (response.headWritten()) {
      response.reset();
      return;
    }
    if (status == 503 || status == 429) {
      // Spread, so that those who were refused together do not come back together.
      int pause = 1 + ThreadLocalRandom.current().nextInt(LONGEST_PAUSE_S);
      response.putHeader("Retry-After", String.valueOf(pause));
    }
    if (status == 401) {
      response.putHeader("WWW-Authenticate", "Bearer");
    }
    response
        .setStatusCode(status)
        .putHeader("Content-Type", contentType)
        .putHeader("Cache-Control", "no-store")
        .end(form.apply(refusal).mergeIn(details(refusal)).toBuffer());
  }

  private static JsonObject body(RoutingContext ctx, RoomException refusal) {
    return new JsonObject()
        .put("type", "about:blank")
        .put("title", title(refusal.kind()))
        .put("status", status(refusal))
        .put("detail", refusal.text())
        .put("code", refusal.code())
        .put("request_id", RequestIds.of(ctx));
  }

  /** The places of what is wrong, where there are any. */
  private static JsonObject details(RoomException refusal) {
    JsonObject details = new JsonObject();
    refusal.pointer().ifPresent(pointer -> details.put("pointer", pointer));
    if (!refusal.problems().isEmpty()) {
      JsonArray errors = new JsonArray();
      refusal
          .problems()
          .forEach(
              wrong ->
                  errors.add(
                      new JsonObject()
                          .put("pointer", wrong.pointer())
                          .put("detail", wrong.detail())));
      details.put("errors", errors);
    }
    return details;
  }

  private static RoomException refusal(RoutingContext ctx, Throwable failure) {
    if (failure instanceof RoomException refusal) {
      return refusal;
    }
    if (failure instanceof HttpException broken && broken.getStatusCode() == 400) {
      return malformed();
    }
    LOG.error(
        "unexpected failure of request {} {} {}",
        RequestIds.of(ctx),
        ctx.request().method(),
        ctx.currentRoute() == null ? "" : ctx.currentRoute().getPath(),
        failure);
    return new RoomException(
        ErrorKind.INTERNAL, "internal", "Unexpected failure; the log has it under the request id.");
  }

  /** Not HTTP as it should be: a broken percent escape, for example. */
  static RoomException malformed() {
    return new RoomException(
        ErrorKind.INVALID, "malformed_request", "The request is not well-formed.");
  }

  private static int status(RoomException refusal) {
    return switch (refusal.kind()) {
      case INVALID ->
          switch (refusal.code()) {
            case "method_not_allowed" -> 405;
            // Unlike a body that is wrong, a slow one may be sent again.
            case "body_too_slow" -> 408;
            // Well-formed, but not for the things that there are now.
            case "unknown_reference" -> 422;
            default -> 400;
          };
      case UNAUTHENTICATED -> 401;
      case FORBIDDEN -> 403;
      case NOT_FOUND -> 404;
      case CONFLICT -> refusal.code().equals("revision_mismatch") ? 412 : 409;
      case TOO_LARGE -> 413;
      case UNSUPPORTED -> 415;
      case TOO_MANY -> 429;
      case INTERNAL -> 500;
      case UNAVAILABLE -> 503;
    };
  }

  private static String title(ErrorKind kind) {
    return switch (kind) {
      case INVALID -> "The request is wrong";
      case UNAUTHENTICATED -> "Credentials are missing or not valid";
      case FORBIDDEN -> "These credentials may not do this";
      case NOT_FOUND -> "There is nothing here";
      case CONFLICT -> "The state is another one";
      case TOO_LARGE -> "The request is too large";
      case UNSUPPORTED -> "The body cannot be decoded";
      case TOO_MANY -> "Too many requests";
      case INTERNAL -> "Unexpected failure";
      case UNAVAILABLE -> "Not possible at this moment";
    };
  }
}
