package io.growthbus.activation.core;

import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.config.Threshold;
import io.growthbus.shared.message.MeterReading;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/** Which thresholds a set of committed counters has reached. */
public final class Crossings {
  private Crossings() {}

  /** The lowest count that a rule waits for; beyond every count when it waits for none. */
  public static long lowest(Rule rule) {
    return rule.thresholds().stream()
        .filter(Threshold.Count.class::isInstance)
        .mapToLong(threshold -> ((Threshold.Count) threshold).value())
        .min()
        .orElse(Long.MAX_VALUE);
  }

  /** A rule whose threshold a user has reached, with the count that was seen. */
  public record Reached(Rule rule, String userId, long count) {}

  /**
   * Every rule and user where {@code count >= threshold}, each pair once with its highest count,
   * sorted by rule and user. A jump over the threshold counts like a step onto it.
   */
  public static List<Reached> of(Collection<Rule> rules, Collection<MeterReading> readings) {
    TreeMap<String, TreeMap<String, Reached>> reached = new TreeMap<>();
    for (MeterReading reading : readings) {
      for (Rule rule : rules) {
        if (rule.meter().equals(reading.meter()) && reading.count() >= lowest(rule)) {
          reached
              .computeIfAbsent(rule.key(), key -> new TreeMap<>())
              .merge(
                  reading.userId(),
                  new Reached(rule, reading.userId(), reading.count()),
                  (a, b) -> Comparator.comparingLong(Reached::count).compare(a, b) >= 0 ? a : b);
        }
      }
    }
    return reached.values().stream().flatMap(users -> users.values().stream()).toList();
  }
}
