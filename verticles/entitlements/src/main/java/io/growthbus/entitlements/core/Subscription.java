package io.growthbus.entitlements.core;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a subscription. Times are ms since the epoch.
 *
 * @param userId whose it is, null while nothing says so
 * @param tier tier that it stands for, null when nothing says so
 * @param status last known status in Stripe's words
 * @param pastDueSinceMs since when payment is overdue, null unless {@code past_due}
 * @param unknownStatusSinceMs since when the provider says a word that is not known here, or null
 * @param lastEventMs time of the last event that counted
 */
public record Subscription(
    String subscriptionId,
    @Nullable String customerId,
    @Nullable String userId,
    @Nullable String tier,
    String status,
    @Nullable Long periodEndMs,
    @Nullable Long trialEndMs,
    @Nullable Long endedAtMs,
    boolean cancelAtPeriodEnd,
    @Nullable Long pastDueSinceMs,
    @Nullable Long unknownStatusSinceMs,
    long lastEventMs) {

  /** The same subscription of another user. */
  public Subscription of(@Nullable String user) {
    return new Subscription(
        subscriptionId,
        customerId,
        user,
        tier,
        status,
        periodEndMs,
        trialEndMs,
        endedAtMs,
        cancelAtPeriodEnd,
        pastDueSinceMs,
        unknownStatusSinceMs,
        lastEventMs);
  }
}
