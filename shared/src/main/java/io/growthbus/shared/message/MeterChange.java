package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * What came of an order about a meter.
 *
 * @param revision revision of all definitions after it
 * @param changed false when it was so already
 * @param meter the meter after it; null when it is removed
 */
public record MeterChange(int revision, boolean changed, @Nullable MeterState meter) {}
