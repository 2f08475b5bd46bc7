package io.growthbus.entitlements.core;

import io.growthbus.shared.config.GrowthConfig.Tier;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What a user has in all: that of the tier, changed by what a subscription grants beside it. */
public final class Grants {
  private Grants() {}

  /**
   * Puts together.
   *
   * @param terms of the subscription that gives the tier
   * @param more features that the user has beside those of the tier or of the terms
   */
  public static Tier of(Tier tier, Terms terms, Collection<String> more) {
    if (terms.equals(Terms.NONE) && more.isEmpty()) {
      return tier;
    }
    Map<String, Long> limits = new HashMap<>(tier.limits());
    Set<String> unlimited = new TreeSet<>(tier.unlimited());
    terms
        .limits()
        .forEach(
            (name, limit) -> {
              limits.put(name, limit);
              unlimited.remove(name);
            });
    limits.keySet().removeAll(terms.unlimited());
    unlimited.addAll(terms.unlimited());
    Set<String> features =
        new TreeSet<>(terms.features() == null ? tier.features() : terms.features());
    features.addAll(more);
    return new Tier(tier.name(), Map.copyOf(limits), List.copyOf(unlimited), List.copyOf(features));
  }
}
