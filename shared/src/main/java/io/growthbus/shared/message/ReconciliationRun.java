package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * A comparison of the subscriptions with what a billing system says itself.
 *
 * @param id names it, 1 or more
 * @param startedAtMs ms since the epoch
 * @param finishedAtMs ms since the epoch, null while it runs or when its node died
 * @param checked subscriptions that were compared so far
 * @param corrected those that granted something else
 * @param failure why it did not come to its end, null when it did or runs
 */
public record ReconciliationRun(
    long id,
    String provider,
    long startedAtMs,
    @Nullable Long finishedAtMs,
    int checked,
    int corrected,
    @Nullable String failure) {}
