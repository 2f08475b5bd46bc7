package io.growthbus.shared.config;

import io.growthbus.shared.config.GrowthConfig.MeterPeriod;
import java.util.List;
import java.util.Map;

/**
 * What the plans say beside what a tier may use: what holds while something is down, how limits are
 * counted, what a tier costs.
 *
 * @param features posture of features by key; one that is not here has the usual posture
 * @param limits how limits are kept, by name; one that is not here is kept in the usual way
 * @param prices what tiers cost, by name, for showing only
 */
public record Catalogue(
    Map<String, OutagePosture> features,
    Map<String, LimitRule> limits,
    Map<String, List<Price>> prices) {

  /** Nothing is said. */
  public static final Catalogue EMPTY = new Catalogue(Map.of(), Map.of(), Map.of());

  public Catalogue {
    features = Map.copyOf(features);
    limits = Map.copyOf(limits);
    prices = Map.copyOf(prices);
  }

  /** Posture of a feature. */
  public OutagePosture posture(String feature) {
    return features.getOrDefault(feature, OutagePosture.PAYING);
  }

  /** How a limit is kept. */
  public LimitRule limit(String name) {
    return limits.getOrDefault(name, LimitRule.USUAL);
  }

  /** Whether something may be used while nobody can say how much was, or what the user pays for. */
  public enum OutagePosture {
    /** By everyone: fail-open. */
    ALLOW,
    /** By nobody: fail-closed. */
    DENY,
    /** By everyone who is not known to be on the fallback tier. */
    PAYING
  }

  /**
   * How a limit is kept.
   *
   * @param period over which the ledger counts; of a limit that a meter counts, the meter's own
   * @param soft whether what goes beyond the limit is let through and marked
   */
  public record LimitRule(OutagePosture onOutage, MeterPeriod period, boolean soft) {
    public static final LimitRule USUAL =
        new LimitRule(OutagePosture.PAYING, MeterPeriod.LIFETIME, false);
  }

  /**
   * What a tier costs.
   *
   * @param amount in the smallest unit of the currency, 0 or more
   * @param currency ISO 4217, such as {@code EUR}
   * @param interval {@code day}, {@code week}, {@code month}, {@code year} or {@code once}
   */
  public record Price(long amount, String currency, String interval) {}
}
