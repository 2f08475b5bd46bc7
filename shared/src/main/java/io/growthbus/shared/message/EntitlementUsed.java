package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * What came of an order to use something.
 *
 * @param granted whether it is used or held; otherwise nothing has changed
 * @param limit the limit at that time, null when it was unlimited
 * @param used how much is used and held in the period, this order included when it was granted
 * @param remaining what is left, 0 or more; null without a limit
 * @param resetsAtMs when the next period begins, ms since the epoch; null when none does
 * @param overLimit whether it was granted beyond a soft limit
 * @param reservationId by which it is settled; null unless it is held
 * @param heldUntilMs when it is given back unless it is settled, ms since the epoch; null unless it
 *     is held
 * @param unlock what would allow it; null when it was granted or nothing would
 */
public record EntitlementUsed(
    String userId,
    String feature,
    boolean granted,
    long amount,
    @Nullable Long limit,
    long used,
    @Nullable Long remaining,
    @Nullable Long resetsAtMs,
    boolean overLimit,
    @Nullable String reservationId,
    @Nullable Long heldUntilMs,
    EntitlementVerdict.@Nullable Unlock unlock) {}
