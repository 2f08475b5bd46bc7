package io.growthbus.shared.message;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An event as stored.
 *
 * @param timestampMs when it happened by the sender, ms since the epoch
 * @param receivedAtMs when the server got it, ms since the epoch
 * @param verified false when the named user was not proven; such an event moves no counter
 */
public record StoredEvent(
    String eventId,
    String name,
    @Nullable String userId,
    @Nullable String accountId,
    @Nullable String anonymousId,
    String schemaVersion,
    long timestampMs,
    long receivedAtMs,
    boolean verified,
    Map<String, Object> properties) {}
