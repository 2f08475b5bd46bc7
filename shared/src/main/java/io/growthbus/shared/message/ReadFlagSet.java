package io.growthbus.shared.message;

/**
 * Asks for the definitions as they are now.
 *
 * @param after revision that the asker has, 0 when it has none; when there is no higher one, the
 *     answer is the revision alone, without definitions
 */
public record ReadFlagSet(long after) {
  /** Asks for the definitions, whatever their revision. */
  public ReadFlagSet() {
    this(0);
  }
}
