package io.growthbus.bench.ingest;

import java.nio.charset.StandardCharsets;

/** Unique UUIDs, written as text into bytes without allocating; not for secrets. */
final class EventIds {
  /** Which version of UUID. */
  enum Version {
    V4,
    V7
  }

  /** Characters of a UUID. */
  static final int LENGTH = 36;

  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private final Version version;
  private long state;

  /**
   * @param seed differs from that of every other generator whose ids must not be the same
   */
  EventIds(Version version, long seed) {
    this.version = version;
    this.state = seed;
  }

  /** Writes the next id at a place, for the time at hand in ms since the epoch. */
  void write(byte[] target, int at, long nowMs) {
    long high = mixed();
    long low = (mixed() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
    if (version == Version.V4) {
      high = (high & 0xffff_ffff_ffff_0fffL) | 0x4000L;
    } else {
      high = nowMs << 16 | 0x7000L | (high & 0x0fffL);
    }
    hex(target, at, high, 60, 8);
    target[at + 8] = '-';
    hex(target, at + 9, high, 28, 4);
    target[at + 13] = '-';
    hex(target, at + 14, high, 12, 4);
    target[at + 18] = '-';
    hex(target, at + 19, low, 60, 4);
    target[at + 23] = '-';
    hex(target, at + 24, low, 44, 12);
  }

  private static void hex(byte[] target, int at, long bits, int shift, int digits) {
    for (int i = 0; i < digits; i++) {
      target[at + i] = HEX[(int) (bits >>> (shift - 4 * i)) & 15];
    }
  }

  /** SplitMix64 (Steele, Lea, Flood 2014): each state is visited once before any comes again. */
  private long mixed() {
    state += 0x9e37_79b9_7f4a_7c15L;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d0_49bb_1331_11ebL;
    return z ^ (z >>> 31);
  }
}
