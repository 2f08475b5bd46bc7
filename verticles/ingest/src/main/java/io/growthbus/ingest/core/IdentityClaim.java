package io.growthbus.ingest.core;

/** What an event says about who an anonymous id is. */
public sealed interface IdentityClaim {

  /** JSON pointer inside the event to the id that it is about. */
  String pointer();

  /**
   * The anonymous id belongs to the user.
   *
   * @param pointer to the anonymous id
   */
  record Join(String anonymousId, String userId, String pointer) implements IdentityClaim {}

  /** The id stands for nobody in particular, so nothing is joined. */
  record IllegalId(String pointer) implements IdentityClaim {}
}
