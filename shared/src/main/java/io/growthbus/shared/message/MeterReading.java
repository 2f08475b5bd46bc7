package io.growthbus.shared.message;

/**
 * A committed counter.
 *
 * @param userId whose usage it is
 * @param meter key of the meter
 * @param count committed total, 1 or more
 */
public record MeterReading(String userId, String meter, long count) {}
