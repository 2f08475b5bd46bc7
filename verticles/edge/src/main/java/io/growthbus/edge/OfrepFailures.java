package io.growthbus.edge;

import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.Keys;
import io.growthbus.shared.domain.RoomException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * Failures as OFREP's clients understand them: a JSON object with the protocol's error code,
 * whatever failed and wherever, because they parse the body of every answer.
 */
final class OfrepFailures {
  static final String CONTENT_TYPE = "application/json; charset=utf-8";
  static final String KEY_MISSING = "TARGETING_KEY_MISSING";
  static final String NOT_FOUND = "FLAG_NOT_FOUND";
  private static final String ROOT = "/ofrep/";
  private static final String FLAG = "/ofrep/v1/evaluate/flags/";

  private OfrepFailures() {}

  /** Whether a request speaks the protocol. */
  static boolean concern(RoutingContext ctx) {
    return path(ctx).startsWith(ROOT);
  }

  /** The body of a refusal. */
  static JsonObject body(RoutingContext ctx, RoomException refusal) {
    if (!path(ctx).startsWith(FLAG)) {
      return item(null, errorCode(refusal, false), refusal.text());
    }
    // Clients understand a failure of one flag only with a key; one that none can have is not
    // repeated.
    String key = ctx.pathParam("key");
    return item(
        key != null && Keys.isKey(key) ? key : "", errorCode(refusal, true), refusal.text());
  }

  /** A failure of one flag, or of all. */
  static JsonObject item(@Nullable String key, String errorCode, String details) {
    JsonObject failure = new JsonObject();
    if (key != null) {
      failure.put("key", key);
    }
    return failure.put("errorCode", errorCode).put("errorDetails", details);
  }

  private static String errorCode(RoomException refusal, boolean ofFlag) {
    return switch (refusal.code()) {
      case "invalid_json", "incomplete_body", "malformed_request" -> "PARSE_ERROR";
      case "invalid_context" -> "INVALID_CONTEXT";
      default -> refusal.kind() == ErrorKind.NOT_FOUND && ofFlag ? NOT_FOUND : "GENERAL";
    };
  }

  private static String path(RoutingContext ctx) {
    String path = ctx.request().path();
    return path == null ? "" : path;
  }
}
