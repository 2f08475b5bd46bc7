package io.growthbus.edge;

import io.growthbus.edge.core.Credentials;
import io.growthbus.edge.core.Principal;
import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.settings.Secret;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns credentials into a principal. Every key is compared in constant time. */
final class Access {
  private final EdgeSettings settings;
  private final UserTokens tokens;

  Access(EdgeSettings settings, UserTokens tokens) {
    this.settings = settings;
    this.tokens = tokens;
  }

  /**
   * Who presents these credentials.
   *
   * @return fails with {@link RoomException} {@code missing_credentials}, {@code invalid_key} or
   *     {@code invalid_token}
   */
  Future<Principal> identify(Credentials credentials) {
    String token = credentials.userToken();
    if (settings.openMode()) {
      return token == null
          ? Future.succeededFuture(new Principal(Kind.OPEN, null))
          : tokens.verify(token).map(proof -> new Principal(Kind.USER, proof.userId()));
    }
    if (holds(credentials.keys(), settings.adminKey())) {
      return Future.succeededFuture(new Principal(Kind.OPERATOR, null));
    }
    if (holds(credentials.keys(), settings.secretKey())) {
      return Future.succeededFuture(new Principal(Kind.SERVER, null));
    }
    if (holds(credentials.keys(), settings.publishableKey())) {
      return token == null
          ? Future.succeededFuture(new Principal(Kind.BROWSER, null))
          : tokens.verify(token).map(proof -> new Principal(Kind.USER, proof.userId()));
    }
    return Future.failedFuture(
        credentials.keys().isEmpty()
            ? new RoomException(
                ErrorKind.UNAUTHENTICATED,
                "missing_credentials",
                "Send a key: Authorization: Bearer KEY, or X-API-Key: KEY.")
            : new RoomException(
                ErrorKind.UNAUTHENTICATED,
                "invalid_key",
                "No configured key is like the one sent."));
  }

  /** Whether one of these is a key that only its holder may know. */
  boolean areSecret(List<String> presented) {
    return holds(presented, settings.secretKey()) || holds(presented, settings.adminKey());
  }

  private static boolean holds(List<String> presented, @Nullable Secret key) {
    boolean found = false;
    for (String candidate : presented) {
      found |= key != null && key.matches(candidate);
    }
    return found;
  }
}
