package io.growthbus.bench.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.entitlements.core.StandardSignature;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BenchKeysTest {
  private static final long NOW = 1_800_000_000L;

  @Test
  void a_delivery_is_signed_with_the_secret_that_the_nodes_are_given() {
    String secret = BenchKeys.settings().getOrDefault("GROWTHBUS_STANDARD_WEBHOOK_SECRET", "");
    Map<String, String> headers =
        Map.of(
            StandardSignature.ID,
            "delivery-1",
            StandardSignature.TIMESTAMP,
            String.valueOf(NOW),
            StandardSignature.SIGNATURE,
            BenchKeys.webhookSignature("delivery-1", NOW, "{}"));
    assertThat(
            StandardSignature.isValid(
                headers,
                "{}".getBytes(StandardCharsets.UTF_8),
                List.of(StandardSignature.key(secret).orElseThrow()),
                NOW))
        .isTrue();
  }

  @Test
  void a_user_token_names_its_user_and_ends() {
    String[] parts = BenchKeys.userToken("user-1").split("\\.", -1);
    assertThat(parts).hasSize(3);
    JsonObject claims =
        new JsonObject(new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8));
    assertThat(claims.getString("sub")).isEqualTo("user-1");
    assertThat(claims.getLong("exp")).isGreaterThan(claims.getLong("iat"));
  }
}
