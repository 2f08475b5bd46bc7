package io.growthbus.shared.domain;

/**
 * Broad class of a refusal; decides how a caller reacts (mend the request, authenticate, wait).
 *
 * <p>The number travels over the event bus and never changes.
 */
public enum ErrorKind {
  /** The request is wrong; repeating it cannot help. */
  INVALID(1),
  /** No credential, or one that is not valid. */
  UNAUTHENTICATED(2),
  /** A valid credential that may not do this. */
  FORBIDDEN(3),
  /** The thing named does not exist. */
  NOT_FOUND(4),
  /** The thing exists in another state than the request assumes. */
  CONFLICT(5),
  /** Larger than a documented limit. */
  TOO_LARGE(6),
  /** A body that cannot be decoded. */
  UNSUPPORTED(7),
  /** Over a rate limit; wait and repeat. */
  TOO_MANY(8),
  /** Unexpected failure; details are in the log under the id in the message. */
  INTERNAL(9),
  /** Not possible at this moment, outcome possibly unknown; repeat with the same ids. */
  UNAVAILABLE(10);

  private final int number;

  ErrorKind(int number) {
    this.number = number;
  }

  /** Number of this kind on the event bus, 1 to 10. */
  public int number() {
    return number;
  }

  /** Kind of a number; {@link #INTERNAL} for one that is not known here. */
  public static ErrorKind ofNumber(int number) {
    for (ErrorKind kind : values()) {
      if (kind.number == number) {
        return kind;
      }
    }
    return INTERNAL;
  }
}
