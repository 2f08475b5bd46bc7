package io.growthbus.activation.core;

import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;

/** Whether a user is to be shown an upgrade prompt now. */
public enum Eligibility {
  /** Show it. */
  ELIGIBLE,
  /** The user pays already: never show it. */
  ON_PAID_TIER,
  /** Nobody can say at the moment; a guess is no reason to sell, so wait. */
  UNKNOWN;

  /** Decides from what is known of the user's entitlement. */
  public static Eligibility of(Entitlement entitlement, Entitlements config) {
    int rank = config.rank(entitlement.tier());
    if (entitlement.state() == State.FALLBACK || rank < 0) {
      return UNKNOWN;
    }
    return rank <= config.rank(config.fallbackTier()) ? ELIGIBLE : ON_PAID_TIER;
  }
}
