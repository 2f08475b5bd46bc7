package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * A change of a flag at a moment.
 *
 * @param atMs ms since the epoch
 * @param enabled what it is set to then, or null
 * @param rolloutPercentage what it is set to then, 0 to 100, or null
 * @param appliedAtMs when it was done, ms since the epoch; null while it waits
 */
public record ScheduledChange(
    long atMs,
    @Nullable Boolean enabled,
    @Nullable Double rolloutPercentage,
    @Nullable Long appliedAtMs) {}
