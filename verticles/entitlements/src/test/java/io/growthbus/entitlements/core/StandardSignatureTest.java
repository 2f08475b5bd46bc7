package io.growthbus.entitlements.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StandardSignatureTest {
  private static final byte[] KEY =
      StandardSignature.key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").orElseThrow();
  private static final byte[] OTHER = StandardSignature.key("whsec_b3RoZXI=").orElseThrow();
  private static final byte[] BODY = bytes("{\"test\": 2432232314}");
  private static final long NOW = 1_614_265_330;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Map<String, String> headers(String signature) {
    Map<String, String> headers = new HashMap<>();
    headers.put("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek");
    headers.put("webhook-timestamp", String.valueOf(NOW));
    headers.put("webhook-signature", signature);
    return headers;
  }

  private static String signed(byte[] key) {
    return StandardSignature.sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", NOW, BODY);
  }

  private static boolean isValid(Map<String, String> headers) {
    return StandardSignature.isValid(headers, BODY, List.of(KEY), NOW);
  }

  @Test
  void the_published_example_is_valid() {
    assertThat(signed(KEY)).isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    assertThat(isValid(headers(signed(KEY)))).isTrue();
  }

  @Test
  void one_fitting_signature_among_others_is_enough() {
    assertThat(isValid(headers(signed(OTHER) + " v2,abc v1a,abcd v1,*** " + signed(KEY)))).isTrue();
  }

  @Test
  void each_of_several_keys_may_have_signed() {
    assertThat(StandardSignature.isValid(headers(signed(OTHER)), BODY, List.of(KEY, OTHER), NOW))
        .isTrue();
    assertThat(StandardSignature.isValid(headers(signed(KEY)), BODY, List.of(), NOW)).isFalse();
  }

  @Test
  void another_body_id_or_time_is_not_what_was_signed() {
    byte[] other = Arrays.copyOf(BODY, BODY.length);
    other[0] ^= 1;
    assertThat(StandardSignature.isValid(headers(signed(KEY)), other, List.of(KEY), NOW)).isFalse();
    Map<String, String> otherId = headers(signed(KEY));
    otherId.put("webhook-id", "msg_2");
    assertThat(isValid(otherId)).isFalse();
    Map<String, String> otherTime = headers(signed(KEY));
    otherTime.put("webhook-timestamp", String.valueOf(NOW + 1));
    assertThat(isValid(otherTime)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"-301,false", "-300,true", "0,true", "300,true", "301,false"})
  void a_signature_counts_for_300_seconds_both_ways(long offset, boolean valid) {
    assertThat(StandardSignature.isValid(headers(signed(KEY)), BODY, List.of(KEY), NOW + offset))
        .isEqualTo(valid);
  }

  @ParameterizedTest
  @ValueSource(strings = {"webhook-id", "webhook-timestamp", "webhook-signature"})
  void each_header_is_needed(String missing) {
    Map<String, String> headers = headers(signed(KEY));
    headers.remove(missing);
    assertThat(isValid(headers)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "v1,", "v1,AAAA", "v1", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="})
  void what_is_no_signature_is_not_valid(String signature) {
    assertThat(isValid(headers(signature))).isFalse();
  }

  @Test
  void more_signatures_than_anybody_sends_are_not_looked_at() {
    assertThat(isValid(headers((signed(OTHER) + " ").repeat(9) + signed(KEY)))).isFalse();
    assertThat(isValid(headers("v1,x ".repeat(10_000) + signed(KEY)))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"whsec_", "", "whsec_no*base64", "*"})
  void a_secret_that_is_not_base64_has_no_key(String secret) {
    assertThat(StandardSignature.key(secret)).isEmpty();
  }
}
