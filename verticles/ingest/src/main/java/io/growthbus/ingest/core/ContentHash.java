package io.growthbus.ingest.core;

import java.nio.ByteBuffer;

/**
 * Fingerprint of what an event says, by which a repetition is told from another event under the
 * same id.
 *
 * <p>The first 64 bits of SHA-256 over everything that is stored of it as the sender wrote it: the
 * order of properties counts, the position in the batch, the moment of sending and the consent do
 * not. It is kept with the id, so a change here makes conflicts of honest repetitions.
 */
public final class ContentHash {
  private ContentHash() {}

  /** The fingerprint of an event. */
  public static long of(TelemetryEvent event) {
    byte[] digest =
        new Fingerprint()
            .add(event.name())
            .add(event.schemaVersion())
            .add(event.userId())
            .add(event.accountId())
            .add(event.anonymousId())
            .add(event.messageId())
            .add(event.timestampMs())
            .add(event.propertiesJson())
            .digest();
    return ByteBuffer.wrap(digest).getLong();
  }
}
