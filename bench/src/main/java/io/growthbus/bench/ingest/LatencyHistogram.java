package io.growthbus.bench.ingest;

/**
 * Counts of latencies in buckets whose width grows with the latency: 64 for each doubling, so that
 * a percentile is at most 1.6 % too high. Recording allocates nothing.
 */
public final class LatencyHistogram {
  private static final int BITS = 6;
  private static final int BUCKETS = 1 << BITS;
  private static final int LONGEST_BITS = 44;

  private final long[] counts = new long[(LONGEST_BITS - BITS + 1) * BUCKETS];
  private long total;

  /** Adds a latency in nanoseconds; negative ones count as 0, those above 4 h as 4 h. */
  public void record(long nanos) {
    long bounded = Math.min(Math.max(nanos, 0), (1L << LONGEST_BITS) - 1);
    counts[index(bounded)]++;
    total++;
  }

  /** Adds all latencies of another one. */
  public void add(LatencyHistogram other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    total += other.total;
  }

  public long total() {
    return total;
  }

  /**
   * The latency in milliseconds that this share of all do not exceed; 0 when there are none.
   *
   * @param share from 0 to 1
   */
  public double percentileMs(double share) {
    long wanted = Math.max(1, (long) Math.ceil(share * total));
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (seen >= wanted) {
        return upperBound(i) / 1e6;
      }
    }
    return 0;
  }

  private static int index(long nanos) {
    if (nanos < BUCKETS) {
      return (int) nanos;
    }
    int doublings = Long.SIZE - Long.numberOfLeadingZeros(nanos) - 1 - BITS;
    return (doublings + 1) * BUCKETS + (int) (nanos >>> doublings) - BUCKETS;
  }

  private static long upperBound(int index) {
    if (index < BUCKETS) {
      return index;
    }
    int doublings = index / BUCKETS - 1;
    return ((long) (index % BUCKETS + BUCKETS + 1) << doublings) - 1;
  }
}
