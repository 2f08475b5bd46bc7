package io.growthbus.activation.core;

import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.config.GrowthConfig.Tier;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import java.util.List;
import java.util.Set;

/** Whether what a user has now is what prompts are for: that billing says the user pays more. */
public final class Conversion {
  /** Reasons for a tier that nobody has paid for. */
  private static final Set<String> GIVEN = Set.of("override", "trial", "account", "account_trial");

  private Conversion() {}

  /**
   * The tiers from which the user must have come for it to be one.
   *
   * @return lowest first; empty when the tier is not paid for, or a guess
   */
  public static List<String> from(Entitlement now, Entitlements config) {
    int rank = config.rank(now.tier());
    boolean paid =
        now.state() != State.FALLBACK
            && !GIVEN.contains(now.reason())
            && rank > config.rank(config.fallbackTier());
    return paid ? config.tiers().subList(0, rank).stream().map(Tier::name).toList() : List.of();
  }
}
