package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Order: remove a meter that an operator has defined, with its counters.
 *
 * @param expectedRevision revision that the definitions must have, or null for any
 * @param actor who orders it, for the audit; null = an operator
 */
public record DeleteMeter(String key, @Nullable Long expectedRevision, @Nullable String actor) {

  /** An order of an operator. */
  public DeleteMeter(String key, @Nullable Long expectedRevision) {
    this(key, expectedRevision, null);
  }
}
