package io.growthbus.shared.bus;

/**
 * Work channel: one consumer gets the message, at most once, and nobody answers.
 *
 * @param address event-bus address, {@code growthbus.<room>.<what>}
 * @param type type of the message
 */
public record Work<T>(String address, Class<T> type) {}
