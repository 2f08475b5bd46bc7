package io.growthbus.entitlements;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Secret;
import io.growthbus.shared.settings.Settings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EntitlementsSettingsTest {
  private static EntitlementsSettings with(Map<String, String> environment, Problems problems) {
    return EntitlementsSettings.from(new Settings(new Properties(), environment, problems));
  }

  @Test
  void without_settings_there_is_no_secret_and_an_answer_within_half_a_second() {
    assertThat(EntitlementsSettings.from(Settings.defaults()))
        .isEqualTo(TestSettings.of(List.of(), 100_000, Duration.ofMillis(500)));
  }

  @Test
  void several_secrets_are_read_in_order_for_rotation() {
    assertThat(
            with(Map.of("GROWTHBUS_STRIPE_WEBHOOK_SECRET", "whsec_a, whsec_b,"), new Problems())
                .stripeSecrets())
        .containsExactly(
            WebhookSecret.of(new Secret("whsec_a")), WebhookSecret.of(new Secret("whsec_b")));
  }

  @Test
  void every_setting_has_a_name_and_a_range() {
    Problems problems = new Problems();
    EntitlementsSettings settings =
        with(
            Map.of(
                "GROWTHBUS_ENTITLEMENTS_CACHE_SIZE", "99",
                "GROWTHBUS_ENTITLEMENTS_READ_TIMEOUT", "9ms"),
            problems);

    assertThat(settings).isEqualTo(EntitlementsSettings.from(Settings.defaults()));
    assertThat(problems.errors())
        .containsExactly(
            "GROWTHBUS_ENTITLEMENTS_CACHE_SIZE: must be a whole number from 100 to 10000000",
            "GROWTHBUS_ENTITLEMENTS_READ_TIMEOUT: must be between 10ms and 900ms");
  }

  @Test
  void printed_settings_show_no_secret() {
    EntitlementsSettings settings =
        EntitlementsSettings.from(Settings.defaults()).withStripeSecret(new Secret("whsec_a"));

    assertThat(settings.stripeSecrets()).containsExactly(WebhookSecret.of(new Secret("whsec_a")));
    assertThat(settings.toString()).doesNotContain("whsec");
  }

  @Test
  void a_secret_counts_from_and_until_the_moments_that_stand_behind_it() {
    Problems problems = new Problems();
    List<WebhookSecret> secrets =
        with(
                Map.of(
                    "GROWTHBUS_STRIPE_WEBHOOK_SECRET",
                    "whsec_new@2026-11-24.., whsec_old@..2026-11-25T08:00:00Z, whsec_ever"),
                problems)
            .stripeSecrets();
    long begin = Instant.parse("2026-11-24T00:00:00Z").toEpochMilli();
    long end = Instant.parse("2026-11-25T08:00:00Z").toEpochMilli();

    assertThat(problems.errors()).isEmpty();
    assertThat(secrets.get(0).secret()).isEqualTo(new Secret("whsec_new"));
    assertThat(secrets.get(0).isValidAt(begin - 1)).isFalse();
    assertThat(secrets.get(0).isValidAt(begin)).isTrue();
    assertThat(secrets.get(1).isValidAt(end - 1)).isTrue();
    assertThat(secrets.get(1).isValidAt(end)).isFalse();
    assertThat(secrets.get(2).isValidAt(0)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"whsec_a@", "whsec_a@soon..", "@2026-11-24..", "whsec_a@2026-11-25..2026-11-24"})
  void a_validity_that_is_none_is_named_without_showing_the_secret(String written) {
    Problems problems = new Problems();

    assertThat(with(Map.of("GROWTHBUS_STRIPE_WEBHOOK_SECRET", written), problems).stripeSecrets())
        .isEmpty();
    assertThat(problems.errors())
        .singleElement()
        .satisfies(error -> assertThat(error).contains("@FROM..UNTIL").doesNotContain("whsec_a"));
  }

  @Test
  void a_standard_secret_that_is_not_base64_is_named_at_the_start() {
    Problems problems = new Problems();
    with(Map.of("GROWTHBUS_STANDARD_WEBHOOK_SECRET", "whsec_not*base64"), problems);

    assertThat(problems.errors()).singleElement().asString().contains("base64");
  }
}
