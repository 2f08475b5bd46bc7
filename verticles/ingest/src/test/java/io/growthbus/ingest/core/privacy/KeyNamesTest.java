package io.growthbus.ingest.core.privacy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyNamesTest {

  private static KeyKind kind(KeyNames names, String key) {
    return names.kind(key.toCharArray(), 0, key.length());
  }

  private static KeyKind kind(String key) {
    return kind(KeyNames.STANDARD, key);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "password",
        "PASSWORD",
        "passWord",
        "user_password",
        "userPassword",
        "password2",
        "newpassword",
        "api_key",
        "apiKey",
        "API-Key",
        "api key",
        "apikey",
        "x_api_key",
        "APIKey",
        "access_token",
        "accessToken",
        "token",
        "csrf-token",
        "Authorization",
        "client.secret",
        "email",
        "e-mail",
        "user_email",
        "userEmail",
        "emailAddress",
        "$email",
        "email_1",
        "phone",
        "phone_number",
        "phoneNumber",
        "ssn",
        "card",
        "credit_card",
        "creditCardNumber",
        "cardnumber",
        "iban",
        "first_name",
        "dateOfBirth",
        "ip",
        "ip_address",
        "x-forwarded-for"
      })
  void a_key_that_says_so_hides_its_value(String key) {
    assertThat(kind(key)).isEqualTo(KeyKind.HIDDEN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "_",
        "endpoint",
        "status_code",
        "role",
        "invitee_domain",
        "project_type",
        "author",
        "discard",
        "scorecard",
        "cardinality",
        "microphone",
        "tokenizer",
        "secretary",
        "shipment",
        "tip",
        "email_sent",
        "emailOpened",
        "token_count",
        "phone_model",
        "card_type",
        "password_strength",
        "session_id",
        "name",
        "page",
        "telemetry",
        "hotel",
        "pinned",
        "zip"
      })
  void a_key_that_only_sounds_like_it_hides_nothing(String key) {
    assertThat(kind(key)).isEqualTo(KeyKind.PLAIN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"emails", "prompt_tokens", "userTokens", "cards", "ssns"})
  void more_than_one_may_be_a_count(String key) {
    assertThat(kind(key)).isEqualTo(KeyKind.HIDDEN_TEXT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"version", "app_version", "appVersion", "build", "user_agent"})
  void a_key_may_name_a_version(String key) {
    assertThat(kind(key)).isEqualTo(KeyKind.VERSION);
  }

  @Test
  void further_names_hide_their_values_in_any_case_and_with_any_separators() {
    KeyNames names = new KeyNames(List.of("Badge No", "номер", "order_count", "---"));

    for (String key :
        List.of("badge_no", "badgeNo", "BADGE-NO", "my.badge.no", "Номер", "order count")) {
      assertThat(kind(names, key)).as(key).isEqualTo(KeyKind.HIDDEN);
      assertThat(kind(key)).as(key).isEqualTo(KeyKind.PLAIN);
    }
    assertThat(kind(names, "badge")).isEqualTo(KeyKind.PLAIN);
    assertThat(kind(names, "password")).isEqualTo(KeyKind.HIDDEN);
  }

  @Test
  void only_the_part_that_is_given_is_read() {
    char[] text = "my_password_sent".toCharArray();

    assertThat(KeyNames.STANDARD.kind(text, 3, 11)).isEqualTo(KeyKind.HIDDEN);
    assertThat(KeyNames.STANDARD.kind(text, 3, 7)).isEqualTo(KeyKind.PLAIN);
    assertThat(KeyNames.STANDARD.kind(text, 0, text.length)).isEqualTo(KeyKind.PLAIN);
  }
}
