package io.growthbus.shared.settings;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** A value that never shows itself: printed it is {@code ***}, compared it takes constant time. */
public final class Secret {
  private final String value;
  private final byte[] hash;

  public Secret(String value) {
    this.value = value;
    this.hash = sha256(value);
  }

  /** The value itself, for the one place that needs it. */
  public String reveal() {
    return value;
  }

  /** Whether a presented text is this secret; the time taken says nothing about how alike. */
  public boolean matches(String presented) {
    return MessageDigest.isEqual(hash, sha256(presented));
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Secret secret && matches(secret.value);
  }

  @Override
  public int hashCode() {
    return java.util.Arrays.hashCode(hash);
  }

  @Override
  public String toString() {
    return "***";
  }
}
