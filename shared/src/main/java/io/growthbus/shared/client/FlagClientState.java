package io.growthbus.shared.client;

/** How well a {@link FlagClient} knows the flags. */
public enum FlagClientState {
  /** It has no definitions: none were read yet, or it is closed. */
  NOT_READY,
  /** It has the definitions, and the room answered when it was asked last. */
  READY,
  /**
   * It has definitions and answers from them, and the room did not answer twice in a row, so that
   * changes may be missing.
   */
  STALE
}
