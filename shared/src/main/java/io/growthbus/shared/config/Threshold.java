package io.growthbus.shared.config;

/** What a counter must reach for a rule to be crossed. */
public sealed interface Threshold {

  /**
   * A count.
   *
   * @param value 1 or more
   */
  record Count(long value) implements Threshold {}

  /**
   * A part of the user's own limit of the meter's name; never reached by whom nothing limits.
   *
   * @param percent 1 to 1,000
   */
  record OfLimit(int percent) implements Threshold {}

  /**
   * Each multiple of a count.
   *
   * @param size 1 or more
   */
  record Every(long size) implements Threshold {}
}
