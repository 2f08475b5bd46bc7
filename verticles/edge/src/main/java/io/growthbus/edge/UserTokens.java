package io.growthbus.edge;

import io.growthbus.edge.core.Proof;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.settings.Secret;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * User tokens: JWT, HS256 and nothing else, {@code sub} is the user.
 *
 * <p>The algorithm comes from here, never from the token: a token with another one, or with none,
 * has no key that fits. The library checks the signature; the times are checked here, by the clock
 * of the node.
 */
final class UserTokens {
  /** Longest life of a token. */
  static final Duration LONGEST = Duration.ofHours(24);

  /** Life of a token when none is asked for. */
  static final Duration USUAL = Duration.ofHours(1);

  static final int LONGEST_USER_ID = 200;
  private static final int LONGEST_TOKEN = 4_096;
  private static final int LEEWAY_S = 30;
  private static final String ALGORITHM = "HS256";

  private final @Nullable JWTAuth jwt;
  private final InstantSource clock;

  /** A new token. */
  record Issued(String token, long expiresAtMs) {}

  /**
   * @param secret signs; null when it is kept in a database that was not reached yet
   */
  UserTokens(Vertx vertx, @Nullable Secret secret, InstantSource clock) {
    this.clock = clock;
    this.jwt = secret == null ? null : jwt(vertx, secret);
  }

  private static JWTAuth jwt(Vertx vertx, Secret secret) {
    return JWTAuth.create(
        vertx,
        new JWTAuthOptions()
            .addPubSecKey(
                new PubSecKeyOptions()
                    .setAlgorithm(ALGORITHM)
                    .setBuffer(Buffer.buffer(secret.reveal())))
            .setJWTOptions(new JWTOptions().setAlgorithm(ALGORITHM).setIgnoreExpiration(true)));
  }

  /**
   * Makes a token for a user.
   *
   * @throws RoomException {@code store_unavailable} without a secret
   */
  Issued issue(String userId, Duration life) {
    if (jwt == null) {
      throw withoutSecret();
    }
    long nowS = clock.millis() / 1000;
    long expiresS = nowS + life.toSeconds();
    String token =
        jwt.generateToken(
            new JsonObject().put("sub", userId).put("iat", nowS).put("exp", expiresS),
            new JWTOptions().setAlgorithm(ALGORITHM));
    return new Issued(token, expiresS * 1000);
  }

  /**
   * Checks a token.
   *
   * @return the proven user; fails with {@link RoomException} {@code invalid_token}, or {@code
   *     store_unavailable} without a secret
   */
  Future<Proof> verify(String token) {
    JWTAuth known = jwt;
    if (known == null) {
      return Future.failedFuture(withoutSecret());
    }
    if (token.length() > LONGEST_TOKEN) {
      return refuse();
    }
    return Future.succeededFuture(token)
        .compose(text -> known.authenticate(new TokenCredentials(text)))
        .map(user -> user.attributes().getJsonObject("accessToken", new JsonObject()))
        .recover(failure -> refuse())
        .compose(this::proof);
  }

  private Future<Proof> proof(JsonObject claims) {
    Object subject = claims.getValue("sub");
    if (!(subject instanceof String user)
        || user.isEmpty()
        || user.length() > LONGEST_USER_ID
        || !(claims.getValue("exp") instanceof Number expires)
        || !isLive(expires.longValue())
        || !hasBegun(claims.getValue("nbf"))) {
      return refuse();
    }
    return Future.succeededFuture(new Proof(user, expires.longValue() * 1000));
  }

  private boolean isLive(long expiresS) {
    long nowS = clock.millis() / 1000;
    return expiresS > nowS - LEEWAY_S && expiresS <= nowS + LONGEST.toSeconds() + LEEWAY_S;
  }

  private boolean hasBegun(@Nullable Object notBefore) {
    return notBefore == null
        || (notBefore instanceof Number beginsS
            && beginsS.longValue() <= clock.millis() / 1000 + LEEWAY_S);
  }

  private static RoomException withoutSecret() {
    return new RoomException(
        ErrorKind.UNAVAILABLE,
        "store_unavailable",
        "User tokens cannot be made or checked until the database answers; try again.");
  }

  private static <T> Future<T> refuse() {
    return Future.failedFuture(
        new RoomException(
            ErrorKind.UNAUTHENTICATED,
            "invalid_token",
            "The user token is not valid or has expired; fetch a new one from your backend."));
  }
}
