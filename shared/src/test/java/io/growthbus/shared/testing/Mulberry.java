package io.growthbus.shared.testing;

import java.util.List;

/**
 * Random numbers that are the same in every language: mulberry32 (Tommy Ettinger, public domain),
 * 32 bits of state.
 */
final class Mulberry {
  private int state;

  Mulberry(int seed) {
    this.state = seed;
  }

  /** A whole number from 0, less than {@code bound}. */
  int below(int bound) {
    state += 0x6D2B79F5;
    int t = (state ^ (state >>> 15)) * (1 | state);
    t = (t + ((t ^ (t >>> 7)) * (61 | t))) ^ t;
    return (int) ((((t ^ (t >>> 14)) & 0xFFFF_FFFFL) * bound) >>> 32);
  }

  /** True once in so many times. */
  boolean oneIn(int times) {
    return below(times) == 0;
  }

  <T> T of(List<T> values) {
    return values.get(below(values.size()));
  }
}
