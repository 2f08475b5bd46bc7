package io.growthbus.entitlements.core;

import org.jspecify.annotations.Nullable;

/** A subscription of tier pro in the making; what a test does not name is absent. */
final class Facts {
  private final String status;
  private String id = "sub_1";
  private @Nullable String tier = "pro";
  private @Nullable Long periodEnd;
  private @Nullable Long trialEnd;
  private @Nullable Long endedAt;
  private boolean cancels;
  private @Nullable Long pastDueSince;
  private @Nullable Long unknownSince;
  private long lastEvent;

  private Facts(String status) {
    this.status = status;
  }

  static Facts of(String status) {
    return new Facts(status);
  }

  Facts id(String value) {
    id = value;
    return this;
  }

  Facts tier(@Nullable String value) {
    tier = value;
    return this;
  }

  Facts periodEnd(@Nullable Long value) {
    periodEnd = value;
    return this;
  }

  Facts trialEnd(@Nullable Long value) {
    trialEnd = value;
    return this;
  }

  Facts endedAt(@Nullable Long value) {
    endedAt = value;
    return this;
  }

  Facts cancels(boolean value) {
    cancels = value;
    return this;
  }

  Facts pastDueSince(@Nullable Long value) {
    pastDueSince = value;
    return this;
  }

  Facts unknownSince(@Nullable Long value) {
    unknownSince = value;
    return this;
  }

  Facts lastEvent(long value) {
    lastEvent = value;
    return this;
  }

  Subscription subscription() {
    return new Subscription(
        id,
        "cus_1",
        "u1",
        tier,
        status,
        periodEnd,
        trialEnd,
        endedAt,
        cancels,
        pastDueSince,
        unknownSince,
        lastEvent);
  }
}
