package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * A change of something that operators define.
 *
 * @param id grows with time
 * @param atMs ms since the epoch
 * @param actor {@code operator}, {@code file}, {@code schedule} or {@code erasure}
 * @param action {@code added}, {@code changed} or {@code removed}
 * @param kind {@code flag}, {@code segment}, {@code holdout}, {@code schedule}, {@code meter},
 *     {@code schema} or {@code rule}
 * @param revision revision of all things of the kind after the change
 * @param before JSON text; null when there was nothing, or when it may not be shown any more
 * @param after JSON text; null when it was removed
 */
public record AuditEntry(
    long id,
    long atMs,
    String actor,
    String action,
    String kind,
    String key,
    long revision,
    @Nullable String before,
    @Nullable String after) {}
