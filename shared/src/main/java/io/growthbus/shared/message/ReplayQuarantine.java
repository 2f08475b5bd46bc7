package io.growthbus.shared.message;

/**
 * Order: judge kept events again by the contracts and rules of now, and store those that pass.
 *
 * @param limit most events to judge, 1 to 10,000
 * @param after only those with a higher id; 0 for all
 * @param dryRun true: only say what would happen
 * @param atMs the time now, ms since the epoch
 */
public record ReplayQuarantine(
    QuarantineSelector selector, int limit, long after, boolean dryRun, long atMs) {}
