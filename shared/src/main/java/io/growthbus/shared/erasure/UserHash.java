package io.growthbus.shared.erasure;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keyed hash under which a user is remembered after the erasure: the first 128 bits of
 * HMAC-SHA256 of the id in UTF-8. Not thread-safe.
 */
final class UserHash {
  private static final String ALGORITHM = "HmacSHA256";

  private final Mac mac;

  UserHash(String key) {
    try {
      mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), ALGORITHM));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }

  UUID of(String userId) {
    ByteBuffer hash = ByteBuffer.wrap(mac.doFinal(userId.getBytes(StandardCharsets.UTF_8)));
    return new UUID(hash.getLong(), hash.getLong());
  }
}
