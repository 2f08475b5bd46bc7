package io.growthbus.shared.flags;

/** How a unit, a user for example, is put into a bucket. */
public enum Bucketing {
  /** {@link SeedBucketing}: 100 buckets; keys of one length reach nearly the same users. */
  SEED,
  /** {@link MurmurBuckets}: 100,000 buckets; flags are independent of each other. */
  MURMUR3
}
