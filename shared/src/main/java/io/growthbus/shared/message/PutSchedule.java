package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Order: schedule changes of a flag, in place of those that were scheduled.
 *
 * @param changes JSON text of an array, or of an object that holds it as {@code schedule}; null
 *     removes the schedule
 * @param actor who orders it, for the audit
 * @param expectedRevision revision that the definitions must have, or null for any; a node of an
 *     earlier version does not look at it
 */
public record PutSchedule(
    String key, @Nullable String changes, String actor, @Nullable Long expectedRevision) {

  /** Whatever revision the definitions have. */
  public PutSchedule(String key, @Nullable String changes, String actor) {
    this(key, changes, actor, null);
  }
}
