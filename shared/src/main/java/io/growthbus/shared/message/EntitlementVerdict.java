package io.growthbus.shared.message;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * Whether a user may use something now.
 *
 * @param limit the limit, null when there is none or none with a number
 * @param used how much is used in the period that is now, what is reserved included; null when it
 *     was not asked for or is not known
 * @param remaining what is left before the amount in question is used, 0 or more; null without a
 *     limit or when it is not known
 * @param resetsAtMs when the next period begins, ms since the epoch; null when none does
 * @param overLimit whether it is allowed beyond a soft limit
 * @param state how well the entitlement is known
 * @param reason {@code included}, {@code unlimited}, {@code within_limit}, {@code over_soft_limit},
 *     {@code not_included}, {@code limit_reached}, {@code outage_open} or {@code outage_closed}
 * @param unlock what would allow it; null when it is allowed, when nothing would, or when nobody
 *     can say
 */
public record EntitlementVerdict(
    String userId,
    boolean allowed,
    @Nullable Long limit,
    @Nullable BigDecimal used,
    @Nullable BigDecimal remaining,
    @Nullable Long resetsAtMs,
    boolean overLimit,
    Entitlement.State state,
    String reason,
    @Nullable Unlock unlock) {

  /**
   * The lowest higher tier that would allow it.
   *
   * @param limit its limit, null when it has none with a number
   */
  public record Unlock(String tier, @Nullable Long limit) {}
}
