package io.growthbus.shared.message;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An event as stored.
 *
 * @param messageId id that the sender uses for the event where that is not a UUID
 * @param timestampMs when it happened, corrected by how far the sender's clock was off, ms since
 *     the epoch
 * @param receivedAtMs when the server got it, ms since the epoch
 * @param verified false when the named user was not proven; such an event moves no counter
 * @param annotations how it differs from its contract; null when it does not
 */
public record StoredEvent(
    String eventId,
    String name,
    @Nullable String userId,
    @Nullable String accountId,
    @Nullable String anonymousId,
    @Nullable String messageId,
    String schemaVersion,
    long timestampMs,
    long receivedAtMs,
    boolean verified,
    Map<String, Object> properties,
    @Nullable List<EventAnnotation> annotations) {

  /** An event that does not differ from its contract. */
  public StoredEvent(
      String eventId,
      String name,
      @Nullable String userId,
      @Nullable String accountId,
      @Nullable String anonymousId,
      @Nullable String messageId,
      String schemaVersion,
      long timestampMs,
      long receivedAtMs,
      boolean verified,
      Map<String, Object> properties) {
    this(
        eventId,
        name,
        userId,
        accountId,
        anonymousId,
        messageId,
        schemaVersion,
        timestampMs,
        receivedAtMs,
        verified,
        properties,
        null);
  }
}
