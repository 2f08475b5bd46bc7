package io.growthbus.shared.domain;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Refusal or failure that one room reports to another, or to the outside through edge.
 *
 * <p>Carries no stack trace: it is an answer, not an accident.
 */
public final class RoomException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final int MOST_PROBLEMS = 100;

  private final ErrorKind kind;
  private final String code;
  private final @Nullable String pointer;
  private final transient List<FieldProblem> problems;

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
    this(kind, code, message, pointer, List.of());
  }

  /**
   * As {@link #RoomException(ErrorKind, String, String, String)}, with everything that is wrong.
   *
   * @param problems what is wrong with the fields of the request, each with its place
   */
  public RoomException(
      ErrorKind kind,
      String code,
      String message,
      @Nullable String pointer,
      List<FieldProblem> problems) {
    super(message, null, false, false);
    this.kind = kind;
    this.code = code;
    this.pointer = pointer;
    this.problems = List.copyOf(problems);
  }

  /**
   * A request with fields that are wrong: {@code invalid_field}, all of them in words and as {@link
   * #problems}.
   *
   * @param problems at least one; of more than 100 the first are told
   */
  public static RoomException invalidFields(List<FieldProblem> problems) {
    return invalid("invalid_field", problems);
  }

  /**
   * As {@link #invalidFields}, with another code.
   *
   * @param problems at least one; of more than 100 the first are told
   */
  public static RoomException invalid(String code, List<FieldProblem> problems) {
    List<FieldProblem> told = problems.subList(0, Math.min(problems.size(), MOST_PROBLEMS));
    return new RoomException(
        ErrorKind.INVALID,
        code,
        String.join(" ", told.stream().map(FieldProblem::text).toList()),
        told.get(0).pointer(),
        told);
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

  /** Everything that is wrong with the fields of the request; empty when it is no such refusal. */
  public List<FieldProblem> problems() {
    return problems;
  }

  /** Text for the caller, never null. */
  public String text() {
    String message = getMessage();
    return message == null ? code : message;
  }
}
