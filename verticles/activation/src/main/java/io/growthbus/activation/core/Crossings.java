package io.growthbus.activation.core;

import io.growthbus.shared.config.GrowthConfig.Rearm;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.config.Threshold;
import io.growthbus.shared.message.MeterReading;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which steps of which rules a set of committed counters has reached. */
public final class Crossings {
  private Crossings() {}

  /** What limits users. */
  @FunctionalInterface
  public interface Limits {
    /** The limits of a user by the key of the meter; empty when they are not known now. */
    Optional<UserLimits> of(String userId);
  }

  /** What limits one user. */
  @FunctionalInterface
  public interface UserLimits {
    /** The limit of a meter; null where nothing limits. */
    @Nullable Long of(String meter);
  }

  /**
   * A rule of which a user has reached steps in a period.
   *
   * @param period first day of the period; null: the rule is crossed once and no more
   * @param steps what was reached, by threshold, the highest last; at least one
   * @param count the count that was seen
   * @param fresh whether the events behind it are young enough to prompt
   */
  public record Reached(
      Rule rule,
      String userId,
      @Nullable LocalDate period,
      List<Step> steps,
      long count,
      boolean fresh) {}

  /** What belongs to one crossing. */
  private record Place(String rule, String userId, LocalDate period) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      int byRule = rule.compareTo(other.rule);
      int byUser = byRule == 0 ? userId.compareTo(other.userId) : byRule;
      return byUser == 0 ? period.compareTo(other.period) : byUser;
    }
  }

  /** The highest count of a place, and when the newest event there happened. */
  private record Seen(Rule rule, long count, @Nullable Long occurredAtMs) {
    Seen and(Seen other) {
      Long newest =
          occurredAtMs == null || other.occurredAtMs == null
              ? null
              : Long.valueOf(Math.max(occurredAtMs, other.occurredAtMs));
      return new Seen(rule, Math.max(count, other.count), newest);
    }
  }

  /** The lowest count that can cross a rule: 1 where that depends on the user's limit. */
  public static long lowest(Rule rule) {
    return Step.lowest(rule.thresholds());
  }

  /** Whether a rule looks at the user's own limit. */
  public static boolean needsLimit(Rule rule) {
    return rule.thresholds().stream().anyMatch(Threshold.OfLimit.class::isInstance);
  }

  /**
   * Every rule, user and period with a step that is reached, each once with its highest count,
   * sorted. A jump over a threshold counts like a step onto it. Of a user whose limits are not
   * known the parts of a limit are left out.
   *
   * @param nowMs the moment by which events are fresh or not; one whose time is not known is fresh
   */
  public static List<Reached> of(
      Collection<Rule> rules, Collection<MeterReading> readings, Limits limits, long nowMs) {
    TreeMap<Place, Seen> seen = new TreeMap<>();
    for (MeterReading reading : readings) {
      for (Rule rule : rules) {
        if (rule.meter().equals(reading.meter())) {
          LocalDate period = period(rule, reading);
          seen.merge(
              new Place(rule.key(), reading.userId(), period == null ? LocalDate.MIN : period),
              new Seen(rule, reading.count(), reading.occurredAtMs()),
              Seen::and);
        }
      }
    }
    return seen.entrySet().stream()
        .flatMap(entry -> reached(entry.getKey(), entry.getValue(), limits, nowMs))
        .toList();
  }

  private static Stream<Reached> reached(Place place, Seen seen, Limits limits, long nowMs) {
    Rule rule = seen.rule();
    Long limit =
        needsLimit(rule)
            ? limits.of(place.userId()).map(own -> own.of(rule.meter())).orElse(null)
            : null;
    List<Step> steps = Step.reached(rule.thresholds(), seen.count(), limit);
    Long occurred = seen.occurredAtMs();
    boolean fresh = occurred == null || nowMs - occurred <= rule.freshFor().toMillis();
    return steps.isEmpty()
        ? Stream.empty()
        : Stream.of(
            new Reached(
                rule,
                place.userId(),
                place.period().equals(LocalDate.MIN) ? null : place.period(),
                steps,
                seen.count(),
                fresh));
  }

  /** The period in which a reading crosses a rule; null where there is one for ever. */
  private static @Nullable LocalDate period(Rule rule, MeterReading reading) {
    Long start = reading.periodStartMs();
    return start == null || rule.rearm() == Rearm.NEVER
        ? null
        : LocalDate.ofInstant(Instant.ofEpochMilli(start), ZoneOffset.UTC);
  }
}
