package io.growthbus.ingest.core;

import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An event that is well-formed: every field has the right type and is within its limits.
 *
 * @param index position in the batch, from 0
 * @param messageId id that the sender uses for it where that is not a UUID
 * @param timestampMs when it happened by the sender's clock, ms since the epoch
 * @param propertiesJson the properties as compact JSON text of an object
 * @param propertyNames names of the properties that are there and not null
 * @param consent what was said about consent, with the event or with its batch; null when nothing
 *     was
 * @param bytes size of the event as sent
 */
public record TelemetryEvent(
    int index,
    UUID eventId,
    String schemaVersion,
    @Nullable String userId,
    @Nullable String accountId,
    @Nullable String anonymousId,
    @Nullable String messageId,
    long timestampMs,
    String name,
    String propertiesJson,
    Set<String> propertyNames,
    @Nullable ConsentStatement consent,
    int bytes) {

  /** The same event, of which a batch says something about consent too. */
  public TelemetryEvent under(ConsentStatement batch) {
    return new TelemetryEvent(
        index,
        eventId,
        schemaVersion,
        userId,
        accountId,
        anonymousId,
        messageId,
        timestampMs,
        name,
        propertiesJson,
        propertyNames,
        consent == null ? batch : consent.and(batch),
        bytes);
  }
}
