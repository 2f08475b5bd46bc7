package io.growthbus.shared.bus;

import java.time.Duration;

/**
 * Request channel: exactly one consumer answers, within the timeout.
 *
 * @param address event-bus address, {@code growthbus.<room>.<what>}
 * @param question type of the message
 * @param answer type of the reply
 * @param timeout how long the asker waits before it gets {@code room_timeout}
 */
public record Ask<Q, R>(String address, Class<Q> question, Class<R> answer, Duration timeout) {}
