package io.growthbus.bench.ingest;

import java.util.Collection;

/** Figures of several rounds as one. */
public final class Statistics {
  private Statistics() {}

  /** The middle of some numbers, of an even number of them the mean of the two in the middle. */
  public static double median(Collection<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("there is no median of nothing");
    }
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
