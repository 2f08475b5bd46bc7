package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * A committed counter.
 *
 * @param userId whose usage it is
 * @param meter key of the meter
 * @param count committed total, 1 or more
 * @param periodStartMs first moment of the time in which a rule over it is crossed once, ms since
 *     the epoch: of the month, or of the block of days; null for a lifetime
 * @param occurredAtMs when the newest event of the change happened, ms since the epoch; null when
 *     that is not known, and then {@code periodStartMs} is not either
 */
public record MeterReading(
    String userId,
    String meter,
    long count,
    @Nullable Long periodStartMs,
    @Nullable Long occurredAtMs) {

  /** A reading of which nothing more is known. */
  public MeterReading(String userId, String meter, long count) {
    this(userId, meter, count, null, null);
  }
}
