package io.growthbus.shared.message;

/**
 * Asks how far the erasure of a user is.
 *
 * @param orderId UUID of the order
 */
public record ReadErasure(String orderId) {}
