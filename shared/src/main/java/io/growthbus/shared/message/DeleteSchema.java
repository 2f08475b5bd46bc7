package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Order: remove published versions of an event's contract.
 *
 * @param version only this one, or null for all
 * @param expectedRevision revision that the registry must have, or null for any
 * @param actor who orders it, for the audit; null = an operator
 */
public record DeleteSchema(
    String event,
    @Nullable String version,
    @Nullable Long expectedRevision,
    @Nullable String actor) {

  /** An order of an operator. */
  public DeleteSchema(String event, @Nullable String version, @Nullable Long expectedRevision) {
    this(event, version, expectedRevision, null);
  }
}
