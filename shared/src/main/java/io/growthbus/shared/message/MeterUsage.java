package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * The value of a meter for one subject in the period that is now.
 *
 * @param value exact decimal number
 * @param periodStartMs first moment of the period, ms since the epoch; null for a lifetime
 * @param resetsAtMs when the next period begins, ms since the epoch; null when none does
 */
public record MeterUsage(String value, @Nullable Long periodStartMs, @Nullable Long resetsAtMs) {}
