package io.growthbus.activation.core;

import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.flags.MurmurBuckets;
import io.growthbus.shared.flags.MurmurBuckets.Purpose;

/** Who is kept from a rule, to compare: the same users for ever, and others for every rule. */
public final class RuleHoldout {
  private RuleHoldout() {}

  /** Whether a user is kept from a rule. A greater share keeps those of a smaller one. */
  public static boolean holds(Rule rule, String userId) {
    if (rule.holdout() == 0) {
      return false;
    }
    int share = (int) Math.round(rule.holdout() * MurmurBuckets.BUCKETS / 100);
    return new MurmurBuckets("holdout:rule:" + rule.key(), Purpose.HOLDOUT).bucket(userId) < share;
  }
}
