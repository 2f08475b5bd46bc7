package io.growthbus.bench.flags;

import io.growthbus.shared.flags.Bucketing;

/** As {@link ClientFlags}, for flags that ask for buckets by murmur3, as the peers have them. */
public final class Murmur3Flags extends ClientFlags {
  public Murmur3Flags() {
    super(Bucketing.MURMUR3);
  }
}
