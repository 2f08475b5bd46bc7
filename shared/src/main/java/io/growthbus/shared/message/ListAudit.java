package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Asks who changed what, newest first.
 *
 * @param kind only such things, or null
 * @param key only the thing with this key, or null
 * @param actor only changes of this actor, or null
 * @param limit 1 to 1,000
 * @param before only entries before this one, or null
 */
public record ListAudit(
    @Nullable String kind,
    @Nullable String key,
    @Nullable String actor,
    int limit,
    @Nullable Long before) {}
