package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Order: use up a part of a limit, or hold it for a while. The same again is answered with the
 * first answer.
 *
 * @param feature name of a limit that no meter counts
 * @param amount how much, 1 or more
 * @param key the order's own id; unique for the user
 * @param holdMs how long it is only held, waiting to be settled, in ms; null: it is used at once
 */
public record UseEntitlement(
    String userId, String feature, long amount, String key, @Nullable Long holdMs) {
  /** The most that one order may use, and that may be asked about. */
  public static final long MOST = 1_000_000_000;

  /** The longest name of a feature, and the longest key. */
  public static final int LONGEST_NAME = 128;

  /** The longest time for which something is held, in ms. */
  public static final long LONGEST_HOLD_MS = 30L * 24 * 3_600_000;
}
