package io.growthbus.ingest.core;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

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
    MessageDigest digest = sha256();
    add(digest, event.name());
    add(digest, event.schemaVersion());
    add(digest, event.userId());
    add(digest, event.accountId());
    add(digest, event.anonymousId());
    add(digest, event.messageId());
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, event.timestampMs()));
    add(digest, event.propertiesJson());
    return ByteBuffer.wrap(digest.digest()).getLong();
  }

  /** With its length in front, so that a text never runs into the next one. */
  private static void add(MessageDigest digest, @Nullable String text) {
    byte[] bytes = text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
    int length = text == null ? -1 : bytes.length;
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, length));
    digest.update(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
