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
 * @param annotations how it differs from its contract, and other notes; null when there are none
 * @param consent what was said about consent, by purpose: true, false, or null where it is pending;
 *     null when nothing was said
 * @param gpc true when the sender asked that nothing is sold or shared (Global Privacy Control)
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
    @Nullable List<EventAnnotation> annotations,
    @Nullable Map<String, @Nullable Boolean> consent,
    boolean gpc) {

  /** An event about whose consent nothing was said. */
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
      Map<String, Object> properties,
      @Nullable List<EventAnnotation> annotations) {
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
        annotations,
        null,
        false);
  }

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
