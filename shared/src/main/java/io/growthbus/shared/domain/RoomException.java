package io.growthbus.shared.domain;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Refusal or failure that one room reports to another, or to the outside through edge.
 *
 * <p>Carries no stack trace: it is an answer, not an accident.
 */
public final class RoomException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorKind kind;
  private final String code;
  private final @Nullable String pointer;

  /**
   * @param kind broad class, decides the HTTP status
   * @param code stable machine-readable word in snake case, at most 64 characters
   * @param message safe for an end user: what is wrong and what to send instead; never echoed input
   */
  public RoomException(ErrorKind kind, String code, String message) {
    this(kind, code, message, null);
  }

  /**
   * As {@link #RoomException(ErrorKind, String, String)}, with the place.
   *
   * @param pointer JSON pointer to what the message speaks of, harmless to show; null when it
   *     speaks of no place
   */
  public RoomException(ErrorKind kind, String code, String message, @Nullable String pointer) {
    super(message, null, false, false);
    this.kind = kind;
    this.code = code;
    this.pointer = pointer;
  }

  public ErrorKind kind() {
    return kind;
  }

  public String code() {
    return code;
  }

  /** JSON pointer to what it speaks of, if that is a place. */
  public Optional<String> pointer() {
    return Optional.ofNullable(pointer);
  }

  /** Text for the caller, never null. */
  public String text() {
    String message = getMessage();
    return message == null ? code : message;
  }
}
