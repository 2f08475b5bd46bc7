package io.growthbus.shared.flags;

/**
 * Bucketing by murmur3 over {@code salt + ":" + unit}: {@code (h × 100000) >> 32} of the unsigned
 * hash, which needs no modulo and is even to one part in 40,000.
 */
public final class MurmurBuckets {
  /** Buckets; a percentage has three decimal places. */
  public static final int BUCKETS = 100_000;

  /** What a bucket is for; each has a seed of its own, so that they are independent. */
  public enum Purpose {
    /** Whether a unit is in the rollout. */
    ROLLOUT(0),
    /** Which variant it gets. */
    VARIANT(86_028_157),
    /** Whether it is held out. */
    HOLDOUT(49_979_687);

    private final int seed;

    Purpose(int seed) {
      this.seed = seed;
    }
  }

  private final Murmur3 hash;

  public MurmurBuckets(String salt, Purpose purpose) {
    this.hash = new Murmur3(salt + ":", purpose.seed);
  }

  /** Bucket of a unit, 0 to 99,999. */
  public int bucket(String unit) {
    return (int) (((hash.hash(unit) & 0xFFFF_FFFFL) * BUCKETS) >>> 32);
  }

  /** How many buckets a percentage is, 0 to 100,000. */
  static int share(double percentage) {
    return (int) Math.round(percentage * (BUCKETS / 100));
  }
}
