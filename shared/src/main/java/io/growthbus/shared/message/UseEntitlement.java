package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Order: use up a part of a limit, or hold it for a while. The same again is answered with the
 * first answer.
 *
 * @param feature name of a limit that no meter counts
 * @param amount how much, 1 or more
 * @param key the order's own id; unique for the user
 * @param holdMs how long it is only held, waiting to be settled, in ms; null: it is used at once
 */
public record UseEntitlement(
    String userId, String feature, long amount, String key, @Nullable Long holdMs) {}
