package io.growthbus.edge;

import io.growthbus.edge.core.Credentials;
import io.growthbus.edge.core.Principal;
import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The path of every request: body, caller, permission, endpoint, response; any failure a problem.
 */
final class Api {
  /** Largest body of a control request. */
  static final int SMALL_BODY = 64 * 1024;

  private final Access access;

  Api(Access access) {
    this.access = access;
  }

  /** What a route does. */
  interface Endpoint {
    Future<Answer> handle(Call call);
  }

  /** A route for these kinds of callers, with a small body. */
  Handler<RoutingContext> route(Endpoint endpoint, Kind... allowed) {
    return route(SMALL_BODY, endpoint, allowed);
  }

  /** A route for these kinds of callers. */
  Handler<RoutingContext> route(int mostBytes, Endpoint endpoint, Kind... allowed) {
    return ctx ->
        BodyReader.read(ctx, mostBytes)
            .compose(
                body ->
                    identify(ctx, Credentials::of)
                        .compose(principal -> permitted(principal, allowed))
                        .compose(principal -> endpoint.handle(new Call(ctx, principal, body))))
            .onSuccess(answer -> write(ctx, answer))
            .onFailure(failure -> ProblemWriter.write(ctx, failure));
  }

  /** A route that writes its response itself; what fails before that is a problem document. */
  Handler<RoutingContext> stream(Function<Call, Future<Void>> endpoint, Kind... allowed) {
    return ctx ->
        BodyReader.read(ctx, SMALL_BODY)
            .compose(
                body ->
                    identify(ctx, Credentials::of)
                        .compose(principal -> permitted(principal, allowed))
                        .compose(principal -> endpoint.apply(new Call(ctx, principal, body))))
            .onFailure(failure -> ProblemWriter.write(ctx, failure));
  }

  /** A route that needs no credentials of ours: static answers, signed deliveries. */
  Handler<RoutingContext> open(int mostBytes, Endpoint endpoint) {
    return ctx ->
        BodyReader.read(ctx, mostBytes)
            .compose(
                body -> endpoint.handle(new Call(ctx, new Principal(Kind.BROWSER, null), body)))
            .onSuccess(answer -> write(ctx, answer))
            .onFailure(failure -> ProblemWriter.write(ctx, failure));
  }

  /** Reads the credentials of a request. */
  interface CredentialReader {
    Credentials read(
        @Nullable String authorization, @Nullable String apiKey, @Nullable String queryKey);
  }

  /**
   * Who calls; fails as {@link Access#identify} does, and with {@code secret_in_address}: addresses
   * are logged and remembered by everyone on the way, so only the publishable key may stand in one,
   * and no other credential makes up for it.
   */
  Future<Principal> identify(RoutingContext ctx, CredentialReader reader) {
    List<String> inAddress = ctx.request().query() == null ? List.of() : ctx.queryParam("key");
    if (access.areSecret(inAddress)) {
      return Future.failedFuture(
          new RoomException(
              ErrorKind.FORBIDDEN,
              "secret_in_address",
              "A secret key must not stand in an address; replace the key, and send the new one as"
                  + " Authorization: Bearer KEY."));
    }
    Credentials credentials =
        reader.read(
            ctx.request().getHeader("Authorization"),
            ctx.request().getHeader("X-API-Key"),
            first(inAddress));
    return access.identify(credentials);
  }

  /** The principal itself, if it is one of the allowed; else fails with {@code forbidden}. */
  static Future<Principal> permitted(Principal principal, Kind... allowed) {
    if (principal.isOneOf(allowed)) {
      return Future.succeededFuture(principal);
    }
    boolean wantsUser = Arrays.asList(allowed).contains(Kind.USER) && allowed.length == 1;
    return Future.failedFuture(
        wantsUser && principal.kind() == Kind.OPEN
            ? new RoomException(
                ErrorKind.UNAUTHENTICATED,
                "user_token_required",
                "Send a user token: Authorization: Bearer TOKEN, made by POST /api/auth/user-token.")
            : new RoomException(
                ErrorKind.FORBIDDEN,
                "forbidden",
                "These credentials may not do this; use another key."));
  }

  /** Writes an answer; 304 when the caller has it already. */
  static void write(RoutingContext ctx, Answer answer) {
    HttpServerResponse response = ctx.response();
    if (response.ended() || response.closed()) {
      return;
    }
    answer.headers().forEach(response::putHeader);
    String tag = answer.headers().get("ETag");
    String known = ctx.request().getHeader("If-None-Match");
    if (tag != null && known != null && matches(known, tag)) {
      response.setStatusCode(304).end();
      return;
    }
    response.setStatusCode(answer.status()).putHeader("Content-Type", answer.contentType());
    if (!response.headers().contains("Cache-Control")) {
      response.putHeader("Cache-Control", "no-store");
    }
    if (HttpMethod.HEAD.equals(ctx.request().method())) {
      response.putHeader("Content-Length", String.valueOf(answer.body().length())).end();
      return;
    }
    response.end(answer.body());
  }

  /** A tag over the very bytes of a body. */
  static String tag(Buffer body) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(body.getBytes());
      return '"' + HexFormat.of().formatHex(hash, 0, 16) + '"';
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Tags are compared as opaque texts; a list, a star and weak tags are understood. */
  private static boolean matches(String known, String tag) {
    for (String candidate : known.split(",", 64)) {
      String text = candidate.strip();
      if (text.equals("*") || text.equals(tag) || text.equals("W/" + tag)) {
        return true;
      }
    }
    return false;
  }

  /** A route to read something: GET, and HEAD for the same without its body. */
  static Route reading(Router router, String path) {
    return router.get(path).method(HttpMethod.HEAD);
  }

  private static @Nullable String first(List<String> values) {
    return values.isEmpty() ? null : values.get(0);
  }
}
