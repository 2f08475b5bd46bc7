package io.growthbus.shared.bus;

/**
 * Broadcast channel: every node hears the message, at most once each.
 *
 * @param address event-bus address, {@code growthbus.<room>.<what>}
 * @param type type of the message
 */
public record Broadcast<T>(String address, Class<T> type) {}
