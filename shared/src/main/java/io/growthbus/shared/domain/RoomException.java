package io.growthbus.shared.domain;

/**
 * Refusal or failure that one room reports to another, or to the outside through edge.
 *
 * <p>Carries no stack trace: it is an answer, not an accident.
 */
public final class RoomException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorKind kind;
  private final String code;

  /**
   * @param kind broad class, decides the HTTP status
   * @param code stable machine-readable word in snake case, at most 64 characters
   * @param message safe for an end user: what is wrong and what to send instead; never echoed input
   */
  public RoomException(ErrorKind kind, String code, String message) {
    super(message, null, false, false);
    this.kind = kind;
    this.code = code;
  }

  public ErrorKind kind() {
    return kind;
  }

  public String code() {
    return code;
  }

  /** Text for the caller, never null. */
  public String text() {
    String message = getMessage();
    return message == null ? code : message;
  }
}
