package io.growthbus.entitlements.core;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Stripe's webhook signature: header {@code t=<seconds>,v1=<hex>[,v1=<hex>]}, HMAC-SHA-256 over
 * {@code t + "." + body} with the secret's text as key.
 *
 * <p>Source: Stripe's documentation, "Verify webhook signatures manually". The header's length and
 * the number of its signatures are bounded, and every candidate is compared in constant time.
 */
public final class StripeSignature {
  /** How far the time of signing may be from now, in seconds, both ways. */
  public static final long TOLERANCE_S = 300;

  private static final int LONGEST_HEADER = 1_024;
  private static final int MOST_SIGNATURES = 8;

  private StripeSignature() {}

  /**
   * Whether one of the secrets has signed exactly these bytes within the tolerance.
   *
   * @param header value of {@code Stripe-Signature}
   * @param nowS now, seconds since the epoch
   */
  public static boolean isValid(String header, byte[] body, List<String> secrets, long nowS) {
    if (header.length() > LONGEST_HEADER) {
      return false;
    }
    List<byte[]> signatures = new ArrayList<>();
    long timestamp = -1;
    for (String part : header.split(",", -1)) {
      String text = part.strip();
      if (text.startsWith("t=")) {
        if (timestamp >= 0 || !text.matches("t=\\d{1,15}")) {
          return false;
        }
        timestamp = Long.parseLong(text.substring(2));
      } else if (text.matches("v1=[0-9a-f]{64}")) {
        signatures.add(HexFormat.of().parseHex(text.substring(3)));
      }
    }
    if (timestamp < 0
        || signatures.size() > MOST_SIGNATURES
        || Math.abs(nowS - timestamp) > TOLERANCE_S) {
      return false;
    }
    boolean valid = false;
    for (String secret : secrets) {
      byte[] expected = mac(secret, timestamp, body);
      for (byte[] signature : signatures) {
        // No short cut: the time taken says nothing about which secret or signature fits.
        valid |= MessageDigest.isEqual(expected, signature);
      }
    }
    return valid;
  }

  /** The header for a body, as the provider would send it. */
  public static String sign(String secret, long timestampS, byte[] body) {
    return "t=" + timestampS + ",v1=" + HexFormat.of().formatHex(mac(secret, timestampS, body));
  }

  private static byte[] mac(String secret, long timestampS, byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      mac.update((timestampS + ".").getBytes(StandardCharsets.UTF_8));
      return mac.doFinal(body);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }
}
