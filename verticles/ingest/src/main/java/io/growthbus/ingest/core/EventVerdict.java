package io.growthbus.ingest.core;

/** What becomes of a well-formed event. */
public sealed interface EventVerdict {

  /**
   * It is stored.
   *
   * @param verified whether its user is proven, so that it may move counters
   */
  record Accepted(boolean verified) implements EventVerdict {}

  /** It is not stored because the user did not consent; the sender is told a number only. */
  record ConsentMissing() implements EventVerdict {}

  /**
   * It is not stored.
   *
   * @param code stable word in snake case
   * @param message what is wrong and what to send instead
   * @param pointer JSON pointer inside the event
   */
  record Rejected(String code, String message, String pointer) implements EventVerdict {}
}
