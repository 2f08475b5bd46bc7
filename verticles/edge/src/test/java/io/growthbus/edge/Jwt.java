package io.growthbus.edge;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Tokens as a customer's backend, or an attacker, makes them: by hand. */
final class Jwt {
  private Jwt() {}

  static String hs256(JsonObject claims, String secret) {
    return signed("HS256", "HmacSHA256", claims.encode(), secret);
  }

  static String signed(String algorithm, String mac, String claims, String secret) {
    String text = base64(header(algorithm)) + '.' + base64(claims);
    return text + '.' + base64(hmac(mac, text, secret));
  }

  static String unsigned(String algorithm, JsonObject claims, String signature) {
    return base64(header(algorithm)) + '.' + base64(claims.encode()) + '.' + signature;
  }

  private static String header(String algorithm) {
    return new JsonObject().put("typ", "JWT").put("alg", algorithm).encode();
  }

  static byte[] hmac(String mac, String text, String secret) {
    try {
      Mac hash = Mac.getInstance(mac);
      hash.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), mac));
      return hash.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static String base64(String text) {
    return base64(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
