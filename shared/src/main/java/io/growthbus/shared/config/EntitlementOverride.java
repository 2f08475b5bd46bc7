package io.growthbus.shared.config;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an operator says of a user or an account, whatever the plan.
 *
 * @param tier the tier, or null when that is left to billing
 * @param limits numeric limits by name, 0 or more
 * @param unlimited names of limits without a number, in order
 * @param features keys of features, each with whether it is there
 * @param expiresAtMs when it ends, ms since the epoch; at that instant it is over. Null: never
 * @param trial whether the tier is a trial, which is never less than what the user has otherwise
 * @param note why, for operators, or null
 */
public record EntitlementOverride(
    @Nullable String tier,
    Map<String, Long> limits,
    List<String> unlimited,
    Map<String, Boolean> features,
    @Nullable Long expiresAtMs,
    boolean trial,
    @Nullable String note) {

  public EntitlementOverride {
    limits = Collections.unmodifiableSortedMap(new TreeMap<>(limits));
    unlimited = unlimited.stream().sorted().toList();
    features = Collections.unmodifiableSortedMap(new TreeMap<>(features));
  }

  /** Whether it holds at a moment, ms since the epoch. */
  public boolean isLive(long nowMs) {
    return expiresAtMs == null || nowMs < expiresAtMs;
  }
}
