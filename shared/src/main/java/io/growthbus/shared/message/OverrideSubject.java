package io.growthbus.shared.message;

/**
 * Whom an override is for.
 *
 * @param id id of a user, or of an account
 */
public record OverrideSubject(Kind kind, String id) {

  /** What the id is. */
  public enum Kind {
    USER,
    ACCOUNT
  }
}
