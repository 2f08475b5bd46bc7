package io.growthbus.entitlements.core;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a subscription grants beside, or in place of, what its tier has.
 *
 * @param limits numbers by name, in place of those of the tier; others stay
 * @param unlimited names of limits without a number, in place of a number of the tier
 * @param features keys in place of all of the tier; null = those of the tier
 */
public record Terms(
    Map<String, Long> limits, List<String> unlimited, @Nullable List<String> features) {
  /** Nothing but what the tier has. */
  public static final Terms NONE = new Terms(Map.of(), List.of(), null);

  public Terms {
    limits = Map.copyOf(limits);
    unlimited = List.copyOf(unlimited);
    features = features == null ? null : List.copyOf(features);
  }
}
