package io.growthbus.activation.core;

import io.growthbus.shared.config.Threshold;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One threshold of a rule, as a user reaches it. It is known by its kind and its place among those
 * of its kind, so that another number in its place is the same step.
 *
 * @param number place among the steps of its kind, from 1; for a repeating one how often
 * @param value the number that makes it higher than others of its kind: a count, or a percentage
 * @param threshold count that had to be reached, 1 or more
 */
public record Step(Kind kind, long number, long value, long threshold) {
  /** How many repetitions that a jump left behind are kept below the one that it reached. */
  static final int MOST_BEHIND = 100;

  private static final BigInteger HUNDRED = BigInteger.valueOf(100);

  /** What a step is measured by. */
  public enum Kind {
    COUNT,
    PERCENT,
    EVERY;

    /** Stable word. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * The steps that a count has reached, by threshold, the highest last.
   *
   * @param thresholds those of a rule
   * @param limit the user's own limit; null: nothing limits
   */
  public static List<Step> reached(List<Threshold> thresholds, long count, @Nullable Long limit) {
    List<Step> reached = new ArrayList<>();
    int counts = 0;
    int parts = 0;
    for (Threshold threshold : thresholds) {
      if (threshold instanceof Threshold.Count one) {
        add(reached, new Step(Kind.COUNT, ++counts, one.value(), one.value()), count);
      } else if (threshold instanceof Threshold.OfLimit part) {
        parts++;
        if (limit != null) {
          long needed = ofLimit(limit, part.percent());
          add(reached, new Step(Kind.PERCENT, parts, part.percent(), needed), count);
        }
      } else if (threshold instanceof Threshold.Every every) {
        long times = count / every.size();
        for (long behind = Math.min(MOST_BEHIND, times - 1); behind >= 0; behind--) {
          long n = times - behind;
          reached.add(new Step(Kind.EVERY, n, n * every.size(), n * every.size()));
        }
      }
    }
    reached.sort(Comparator.comparingLong(Step::threshold));
    return List.copyOf(reached);
  }

  /**
   * The lowest count that can reach a step: 1 where that depends on the user's limit.
   *
   * @param thresholds those of a rule
   */
  public static long lowest(List<Threshold> thresholds) {
    return thresholds.stream().mapToLong(Step::lowest).min().orElse(Long.MAX_VALUE);
  }

  private static long lowest(Threshold threshold) {
    if (threshold instanceof Threshold.Count one) {
      return one.value();
    }
    return threshold instanceof Threshold.Every every ? every.size() : 1;
  }

  private static void add(List<Step> reached, Step step, long count) {
    if (count >= step.threshold()) {
      reached.add(step);
    }
  }

  /** The part of a limit, rounded up; of no allowance at all the first use is beyond every part. */
  static long ofLimit(long limit, int percent) {
    BigInteger[] part =
        BigInteger.valueOf(limit).multiply(BigInteger.valueOf(percent)).divideAndRemainder(HUNDRED);
    BigInteger up = part[1].signum() > 0 ? part[0].add(BigInteger.ONE) : part[0];
    return up.bitLength() > 63 ? Long.MAX_VALUE : Math.max(1, up.longValue());
  }
}
