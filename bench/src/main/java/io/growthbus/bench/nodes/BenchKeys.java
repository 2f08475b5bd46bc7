package io.growthbus.bench.nodes;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Keys and secrets of the nodes that benchmarks start, and what is made with them. */
public final class BenchKeys {
  /** The key of the customer's servers. */
  public static final String SECRET = "bench-secret-key";

  private static final String TOKEN_SECRET = "bench-token-secret-of-thirty-two-bytes-or-more";
  private static final byte[] WEBHOOK_SECRET =
      "bench-webhook-secret-of-24-bytes".getBytes(StandardCharsets.US_ASCII);
  private static final Duration TOKEN_LIFE = Duration.ofHours(2);
  private static final String HEADER = base64("{\"typ\":\"JWT\",\"alg\":\"HS256\"}");

  private BenchKeys() {}

  /** Settings of a node in the form of environment variables. */
  public static Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>();
    settings.put("GROWTHBUS_CONF", "conf");
    // A machine that is busy while everything starts must not end the run.
    settings.put("GROWTHBUS_PG_CONNECT_TIMEOUT", "20s");
    settings.put("GROWTHBUS_PUBLISHABLE_KEY", "bench-publishable-key");
    settings.put("GROWTHBUS_SECRET_KEY", SECRET);
    settings.put("GROWTHBUS_ADMIN_KEY", "bench-admin-key");
    settings.put("GROWTHBUS_TOKEN_SECRET", TOKEN_SECRET);
    settings.put(
        "GROWTHBUS_STANDARD_WEBHOOK_SECRET",
        "whsec_" + Base64.getEncoder().encodeToString(WEBHOOK_SECRET));
    return settings;
  }

  /** A user token as the customer's backend makes it; valid for two hours. */
  public static String userToken(String userId) {
    long now = System.currentTimeMillis() / 1_000;
    String claims =
        "{\"sub\":\"%s\",\"iat\":%d,\"exp\":%d}"
            .formatted(userId, now, now + TOKEN_LIFE.toSeconds());
    String signed = HEADER + "." + base64(claims);
    byte[] mac = mac(TOKEN_SECRET.getBytes(StandardCharsets.US_ASCII), signed);
    return signed + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(mac);
  }

  /**
   * The value of {@code webhook-signature} for a delivery, as Standard Webhooks define it.
   *
   * @param seconds the value of {@code webhook-timestamp}
   */
  public static String webhookSignature(String id, long seconds, String body) {
    byte[] mac = mac(WEBHOOK_SECRET, id + "." + seconds + "." + body);
    return "v1," + Base64.getEncoder().encodeToString(mac);
  }

  private static byte[] mac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK lacks HmacSHA256", e);
    }
  }

  private static String base64(String json) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }
}
