package io.growthbus.ingest.core;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 over a sequence of values, each with its length in front, so that none runs into the
 * next.
 */
final class Fingerprint {
  private final MessageDigest digest = sha256();
  private final byte[] number = new byte[Long.BYTES];
  private final ByteBuffer view = ByteBuffer.wrap(number);

  Fingerprint add(@Nullable String text) {
    byte[] bytes = text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    view.putInt(0, bytes == null ? -1 : bytes.length);
    digest.update(number, 0, Integer.BYTES);
    if (bytes != null) {
      digest.update(bytes);
    }
    return this;
  }

  Fingerprint add(long value) {
    view.putLong(0, value);
    digest.update(number);
    return this;
  }

  byte[] digest() {
    return digest.digest();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
