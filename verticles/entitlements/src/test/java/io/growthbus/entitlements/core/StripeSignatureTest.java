package io.growthbus.entitlements.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StripeSignatureTest {
  private static final String SECRET = "whsec_one";
  private static final long NOW_S = 1_795_000_000;
  private static final byte[] BODY = bytes("{\n  \"id\": \"evt_1\",\n  \"type\": \"ü\"\n}");
  private static final String HEADER = StripeSignature.sign(SECRET, NOW_S, BODY);
  private static final String SIGNATURE = HEADER.substring(HEADER.indexOf(",v1=") + 4);

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static boolean isValid(String header) {
    return StripeSignature.isValid(header, BODY, List.of(SECRET), NOW_S);
  }

  @Test
  void the_mac_is_hmac_sha_256_over_time_dot_body_with_the_text_of_the_secret() {
    // Made by: printf '1795000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_one
    String made = "4aa0c01e89dd5298f5ee398e217d321cee1ec9ac88f56a5d30bdc842031c4e5d";

    assertThat(StripeSignature.sign(SECRET, NOW_S, bytes("{\"id\":\"evt_1\"}")))
        .isEqualTo("t=1795000000,v1=" + made);
  }

  @Test
  void exactly_the_signed_bytes_are_accepted() {
    assertThat(isValid(HEADER)).isTrue();
  }

  @Test
  void no_changed_byte_is_accepted() {
    for (int i = 0; i < BODY.length; i++) {
      byte[] tampered = BODY.clone();
      tampered[i] ^= 1;
      assertThat(StripeSignature.isValid(HEADER, tampered, List.of(SECRET), NOW_S)).isFalse();
    }
  }

  @Test
  void the_time_is_signed_too() {
    String moved = HEADER.replace("t=" + NOW_S, "t=" + (NOW_S + 1));

    assertThat(isValid(moved)).isFalse();
  }

  @Test
  void another_secret_is_refused() {
    assertThat(StripeSignature.isValid(HEADER, BODY, List.of("whsec_two"), NOW_S)).isFalse();
  }

  @Test
  void without_a_secret_everything_is_refused() {
    assertThat(StripeSignature.isValid(HEADER, BODY, List.of(), NOW_S)).isFalse();
  }

  @Test
  void while_secrets_are_rotated_each_of_them_is_enough() {
    assertThat(StripeSignature.isValid(HEADER, BODY, List.of("whsec_two", SECRET), NOW_S)).isTrue();
    assertThat(StripeSignature.isValid(HEADER, BODY, List.of(SECRET, "whsec_two"), NOW_S)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"-301,false", "-300,true", "0,true", "300,true", "301,false"})
  void three_hundred_seconds_are_tolerated_both_ways(long offsetS, boolean accepted) {
    assertThat(StripeSignature.isValid(HEADER, BODY, List.of(SECRET), NOW_S + offsetS))
        .isEqualTo(accepted);
  }

  @Test
  void one_fitting_signature_among_several_is_enough_wherever_it_stands() {
    String wrong = "0".repeat(64);

    assertThat(isValid("t=" + NOW_S + ",v1=" + wrong + ",v1=" + SIGNATURE)).isTrue();
    assertThat(isValid("t=" + NOW_S + ",v1=" + SIGNATURE + ",v1=" + wrong)).isTrue();
    assertThat(isValid("t=" + NOW_S + ",v1=" + wrong + ",v1=" + wrong)).isFalse();
  }

  @Test
  void other_schemes_are_passed_over_and_never_accepted() {
    assertThat(isValid("t=" + NOW_S + ",v0=abc,v1=" + SIGNATURE)).isTrue();
    assertThat(isValid("t=" + NOW_S + ",v0=" + SIGNATURE)).isFalse();
    assertThat(isValid("t=" + NOW_S + ",v2=" + SIGNATURE)).isFalse();
  }

  @Test
  void blanks_around_the_parts_and_their_order_do_not_matter() {
    assertThat(isValid("v1=" + SIGNATURE + " , t=" + NOW_S)).isTrue();
  }

  @Test
  void a_repeated_time_is_refused_even_when_it_says_the_same() {
    assertThat(isValid("t=" + NOW_S + "," + HEADER)).isFalse();
    assertThat(isValid(HEADER + ",t=" + (NOW_S - 1))).isFalse();
  }

  @Test
  void upper_case_hex_is_refused_as_the_provider_never_writes_it() {
    assertThat(isValid("t=" + NOW_S + ",v1=" + SIGNATURE.toUpperCase(Locale.ROOT))).isFalse();
  }

  @Test
  void more_than_eight_signatures_are_refused_even_when_one_fits() {
    assertThat(isValid("t=" + NOW_S + (",v1=" + SIGNATURE).repeat(8))).isTrue();
    assertThat(isValid("t=" + NOW_S + (",v1=" + SIGNATURE).repeat(9))).isFalse();
  }

  @Test
  void a_header_of_ten_thousand_signatures_is_refused_before_it_is_split() {
    String flood =
        IntStream.range(0, 10_000)
            .mapToObj(i -> "v1=%064x".formatted(i))
            .collect(Collectors.joining(","));

    assertThat(isValid(HEADER + "," + flood)).isFalse();
    assertThat(isValid(HEADER + ",x=" + "y".repeat(1_024))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",",
        "t=",
        "t=,v1=",
        "t=-1,v1=00",
        "t=+1795000000",
        "t=1795000000000000000000",
        "t=١٧٩٥",
        "v1=",
        "garbage"
      })
  void a_header_that_says_nothing_is_refused_without_an_exception(String header) {
    assertThat(isValid(header)).isFalse();
    assertThat(isValid(header + ",v1=" + SIGNATURE)).isFalse();
  }

  @Test
  void time_and_signature_are_both_needed() {
    assertThat(isValid("v1=" + SIGNATURE)).isFalse();
    assertThat(isValid("t=" + NOW_S)).isFalse();
  }
}
