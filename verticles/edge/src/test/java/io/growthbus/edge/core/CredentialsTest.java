package io.growthbus.edge.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialsTest {
  private static final String TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln";

  private static String basic(String pair) {
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void without_headers_and_query_there_are_none() {
    assertThat(Credentials.of(null, null, null)).isEqualTo(new Credentials(List.of(), null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer sk_1", "bearer sk_1", "BEARER   sk_1 "})
  void a_bearer_key_is_a_key_whatever_the_case_of_the_scheme(String header) {
    assertThat(Credentials.of(header, null, null))
        .isEqualTo(new Credentials(List.of("sk_1"), null));
  }

  @Test
  void a_bearer_text_of_the_form_of_a_jwt_is_a_user_token() {
    assertThat(Credentials.of("Bearer " + TOKEN, null, null))
        .isEqualTo(new Credentials(List.of(), TOKEN));
  }

  @Test
  void a_jwt_without_signature_is_a_user_token_too_so_that_it_is_checked_and_refused() {
    assertThat(
            Credentials.of("Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.", null, null).userToken())
        .isNotNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sk.with.dots", "a.b", "ey.b", "eyJh.b.c.d", "eyJh.b c.d"})
  void a_key_may_have_dots(String key) {
    assertThat(Credentials.of("Bearer " + key, null, null))
        .isEqualTo(new Credentials(List.of(key), null));
  }

  @ParameterizedTest
  @CsvSource({"pk_1:, pk_1", "pk_1:password, pk_1", "pk_1, pk_1", "pk_1:a:b, pk_1"})
  void the_user_name_of_basic_is_a_key_and_the_password_is_ignored(String pair, String key) {
    assertThat(Credentials.of(basic(pair), null, null).keys()).containsExactly(key);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Basic %%%", "Basic ", "Basic", "Bearer", "Bearer ", "Digest x", "sk_1", ""})
  void a_header_that_says_nothing_is_no_credential(String header) {
    assertThat(Credentials.of(header, null, null)).isEqualTo(new Credentials(List.of(), null));
  }

  @Test
  void an_empty_user_name_is_no_key() {
    assertThat(Credentials.of(basic(":password"), "", "").keys()).isEmpty();
  }

  @Test
  void the_key_travels_beside_the_token_in_a_header_or_in_the_query() {
    assertThat(Credentials.of("Bearer " + TOKEN, "pk_header", null))
        .isEqualTo(new Credentials(List.of("pk_header"), TOKEN));
    assertThat(Credentials.of("Bearer " + TOKEN, null, "pk_query"))
        .isEqualTo(new Credentials(List.of("pk_query"), TOKEN));
  }

  @Test
  void every_place_counts() {
    assertThat(Credentials.of("Bearer a", "b", "c").withBody("d", null).keys())
        .containsExactly("a", "b", "c", "d");
  }

  @Test
  void the_body_of_a_beacon_may_carry_key_and_token() {
    assertThat(Credentials.of(null, null, null).withBody("pk_1", TOKEN))
        .isEqualTo(new Credentials(List.of("pk_1"), TOKEN));
  }

  @Test
  void a_token_in_the_header_wins_over_one_in_the_body() {
    assertThat(Credentials.of("Bearer " + TOKEN, null, null).withBody(null, "eyJ.other.x"))
        .isEqualTo(new Credentials(List.of(), TOKEN));
  }

  @Test
  void an_empty_token_in_the_body_is_no_token() {
    assertThat(Credentials.of(null, "pk_1", null).withBody("", ""))
        .isEqualTo(new Credentials(List.of("pk_1"), null));
  }

  @Test
  void what_is_longer_than_4096_characters_is_no_credential() {
    String longest = "k".repeat(4_096);
    assertThat(Credentials.of(null, longest, null).keys()).containsExactly(longest);
    assertThat(Credentials.of("Bearer " + longest, longest + "k", longest + "k").keys()).isEmpty();
  }
}
