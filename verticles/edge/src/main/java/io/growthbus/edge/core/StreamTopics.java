package io.growthbus.edge.core;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Names for what an event stream hears, which stand in its address: HMAC-SHA256, the first half, so
 * that nobody but the node can make one and nobody can read a user or a key out of one.
 *
 * <p>A name is a right, and a small one: to learn that something has changed, never what. So it may
 * live as long as the address, which clients keep for weeks.
 */
public final class StreamTopics {
  /** Characters of a name. */
  public static final int LENGTH = 22;

  private static final String ALGORITHM = "HmacSHA256";
  private static final int BYTES = 16;

  private final SecretKeySpec key;

  /**
   * @param secret that the names are made with; another one makes every name void
   */
  public StreamTopics(String secret) {
    this.key = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM);
  }

  /** What changes for a user. */
  public String ofUser(String userId) {
    return name("user", userId);
  }

  /** The right of a server, bound to its key: a new key makes a new name. */
  public String ofServer(String secretKey) {
    return name("server", secretKey);
  }

  /** Whether this is the name of the server with that key, in constant time. */
  public boolean isServer(String topic, String secretKey) {
    return MessageDigest.isEqual(
        topic.getBytes(StandardCharsets.UTF_8),
        ofServer(secretKey).getBytes(StandardCharsets.UTF_8));
  }

  private String name(String kind, String of) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      byte[] hash = mac.doFinal(("stream\n" + kind + '\n' + of).getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, BYTES));
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }
}
