package io.growthbus.entitlements.core;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signature of the Standard Webhooks specification: {@code webhook-signature} holds {@code
 * v1,<base64>} one or more times, separated by blanks, each an HMAC-SHA-256 over {@code webhook-id
 * + "." + webhook-timestamp + "." + body}. The key is what stands behind {@code whsec_}, base64.
 *
 * <p>Source: the specification at standardwebhooks.com, section "Signature scheme". Versions other
 * than {@code v1} are passed over. Lengths and the number of signatures are bounded, and every
 * candidate is compared in constant time.
 */
public final class StandardSignature {
  /** How far the time of signing may be from now, in seconds, both ways. */
  public static final long TOLERANCE_S = 300;

  /** Names of the headers, in lower case. */
  public static final String ID = "webhook-id";

  public static final String TIMESTAMP = "webhook-timestamp";
  public static final String SIGNATURE = "webhook-signature";

  private static final int LONGEST_HEADER = 1_024;
  private static final int LONGEST_ID = 255;
  private static final int MOST_SIGNATURES = 8;
  private static final int MAC_BYTES = 32;
  private static final String PREFIX = "whsec_";

  private StandardSignature() {}

  /** The bytes of a secret; empty when it is not base64, with or without {@code whsec_}. */
  public static Optional<byte[]> key(String secret) {
    String encoded = secret.startsWith(PREFIX) ? secret.substring(PREFIX.length()) : secret;
    try {
      byte[] key = Base64.getDecoder().decode(encoded);
      return key.length == 0 ? Optional.empty() : Optional.of(key);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * Whether one of the keys has signed exactly these bytes within the tolerance.
   *
   * @param headers by name in lower case
   * @param nowS now, seconds since the epoch
   */
  public static boolean isValid(
      Map<String, String> headers, byte[] body, List<byte[]> keys, long nowS) {
    String id = headers.getOrDefault(ID, "");
    String timestamp = headers.getOrDefault(TIMESTAMP, "");
    if (id.isEmpty()
        || id.length() > LONGEST_ID
        || !timestamp.matches("\\d{1,15}")
        || Math.abs(nowS - Long.parseLong(timestamp)) > TOLERANCE_S) {
      return false;
    }
    List<byte[]> signatures = signatures(headers.getOrDefault(SIGNATURE, ""));
    boolean valid = false;
    for (byte[] key : keys) {
      byte[] expected = mac(key, id, timestamp, body);
      for (byte[] signature : signatures) {
        // No short cut: the time taken says nothing about which key or signature fits.
        valid |= MessageDigest.isEqual(expected, signature);
      }
    }
    return valid;
  }

  /** The header for a body, as a provider would send it. */
  public static String sign(byte[] key, String id, long timestampS, byte[] body) {
    return "v1,"
        + Base64.getEncoder().encodeToString(mac(key, id, String.valueOf(timestampS), body));
  }

  /** Those of version 1; none when there are more than a provider ever sends. */
  private static List<byte[]> signatures(String header) {
    List<byte[]> signatures = new ArrayList<>();
    if (header.length() > LONGEST_HEADER) {
      return signatures;
    }
    for (String part : header.split(" ", -1)) {
      byte[] signature = part.startsWith("v1,") ? decoded(part.substring(3)) : null;
      if (signature != null && signature.length == MAC_BYTES) {
        signatures.add(signature);
      }
    }
    return signatures.size() > MOST_SIGNATURES ? List.of() : signatures;
  }

  /** Null for what is not base64, and so nobody's signature. */
  private static byte @Nullable [] decoded(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static byte[] mac(byte[] key, String id, String timestamp, byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
      return mac.doFinal(body);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }
}
