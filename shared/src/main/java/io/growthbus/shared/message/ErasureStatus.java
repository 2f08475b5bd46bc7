package io.growthbus.shared.message;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far the erasure of a user is. It does not say whose.
 *
 * @param orderId UUID of the order
 * @param requestedAtMs when it was ordered, ms since the epoch
 * @param completedAtMs when every room was done, ms since the epoch; null while it is running
 * @param erasedAtMs the rooms that are done, each with when it was, ms since the epoch
 */
public record ErasureStatus(
    String orderId,
    long requestedAtMs,
    @Nullable Long completedAtMs,
    Map<String, Long> erasedAtMs) {}
