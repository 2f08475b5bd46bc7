package io.growthbus.entitlements.core;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a subscription. Times are ms since the epoch.
 *
 * @param userId whose it is, null while nothing says so
 * @param accountId account whose it is, or null
 * @param tier tier that it stands for, null when nothing says so
 * @param terms what it grants beside the tier
 * @param status last known status in Stripe's words
 * @param pastDueSinceMs since when payment is overdue, null unless {@code past_due}
 * @param unknownStatusSinceMs since when the provider says a word that is not known here, or null
 * @param lastEventMs time of the last event that counted
 */
public record Subscription(
    String subscriptionId,
    @Nullable String customerId,
    @Nullable String userId,
    @Nullable String accountId,
    @Nullable String tier,
    Terms terms,
    String status,
    @Nullable Long periodEndMs,
    @Nullable Long trialEndMs,
    @Nullable Long endedAtMs,
    boolean cancelAtPeriodEnd,
    @Nullable Long pastDueSinceMs,
    @Nullable Long unknownStatusSinceMs,
    long lastEventMs) {

  /** A subscription with what the tier has, of no account. */
  public Subscription(
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
    this(
        subscriptionId,
        customerId,
        userId,
        null,
        tier,
        Terms.NONE,
        status,
        periodEndMs,
        trialEndMs,
        endedAtMs,
        cancelAtPeriodEnd,
        pastDueSinceMs,
        unknownStatusSinceMs,
        lastEventMs);
  }

  /** Whether anybody is known whose it is. */
  public boolean isLinked() {
    return userId != null || accountId != null;
  }

  /** Whether it grants the same, whenever that was said. */
  public boolean grantsAs(@Nullable Subscription other) {
    return other != null && with(userId, 0).equals(other.with(other.userId, 0));
  }

  /** The same subscription of another user. */
  public Subscription of(@Nullable String user) {
    return with(user, lastEventMs);
  }

  private Subscription with(@Nullable String user, long eventMs) {
    return new Subscription(
        subscriptionId,
        customerId,
        user,
        accountId,
        tier,
        terms,
        status,
        periodEndMs,
        trialEndMs,
        endedAtMs,
        cancelAtPeriodEnd,
        pastDueSinceMs,
        unknownStatusSinceMs,
        eventMs);
  }
}
