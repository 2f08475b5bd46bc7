package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * An event that was refused, as it is kept.
 *
 * @param id names it here, 1 or more
 * @param event its name; null when that is not legible, as with the following
 * @param userId the user that it names, else the one of the sender's token
 * @param code stable word in snake case
 * @param pointer JSON pointer inside the event
 * @param message what is wrong and what to send instead
 * @param receivedAtMs when it came first, ms since the epoch
 * @param firstSeenMs ms since the epoch
 * @param lastSeenMs ms since the epoch
 * @param count how often it was sent
 * @param replayable false when only the head of it is kept
 * @param content the event after scrubbing, as JSON text
 */
public record QuarantinedEvent(
    long id,
    @Nullable String event,
    @Nullable String eventId,
    @Nullable String userId,
    @Nullable String schemaVersion,
    String code,
    String pointer,
    String message,
    long receivedAtMs,
    long firstSeenMs,
    long lastSeenMs,
    long count,
    boolean replayable,
    String content) {}
