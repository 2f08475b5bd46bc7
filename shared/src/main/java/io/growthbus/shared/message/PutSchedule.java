package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Order: schedule changes of a flag, in place of those that were scheduled.
 *
 * @param changes JSON text of an array, or of an object that holds it as {@code schedule}; null
 *     removes the schedule
 * @param actor who orders it, for the audit
 */
public record PutSchedule(String key, @Nullable String changes, String actor) {}
