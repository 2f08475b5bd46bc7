package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * An event that was refused.
 *
 * @param index position in the batch, from 0
 * @param eventId its id, when it had a legible one
 * @param code stable word in snake case
 * @param message what is wrong and what to send instead
 * @param pointer JSON pointer inside the event, such as {@code /properties/role}
 */
public record RejectedEvent(
    int index, @Nullable String eventId, String code, String message, String pointer) {}
