package io.growthbus.edge.core;

import org.jspecify.annotations.Nullable;

/**
 * Who calls.
 *
 * @param kind what the credentials prove
 * @param userId user of the token, for {@link Kind#USER} only
 */
public record Principal(Kind kind, @Nullable String userId) {

  /** What credentials prove. */
  public enum Kind {
    /** The node asks for no credentials: counts as server and operator. */
    OPEN,
    /** A page, with the publishable key. */
    BROWSER,
    /** A page of a proven user. */
    USER,
    /** The customer's server, with the secret key. */
    SERVER,
    /** An operator, with the admin key. */
    OPERATOR
  }

  /** Whether the caller may speak for any user. */
  public boolean isServer() {
    return kind == Kind.OPEN || kind == Kind.SERVER;
  }

  /** Whether the caller is one of these; an open node lets everyone be server or operator. */
  public boolean isOneOf(Kind... kinds) {
    for (Kind allowed : kinds) {
      if (kind == allowed || (kind == Kind.OPEN && allowed != Kind.USER)) {
        return true;
      }
    }
    return false;
  }
}
