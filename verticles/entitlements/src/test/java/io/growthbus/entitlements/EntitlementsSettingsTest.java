package io.growthbus.entitlements;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Secret;
import io.growthbus.shared.settings.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class EntitlementsSettingsTest {
  private static EntitlementsSettings with(Map<String, String> environment, Problems problems) {
    return EntitlementsSettings.from(new Settings(new Properties(), environment, problems));
  }

  @Test
  void without_settings_there_is_no_secret_and_an_answer_within_half_a_second() {
    assertThat(EntitlementsSettings.from(Settings.defaults()))
        .isEqualTo(new EntitlementsSettings(List.of(), 100_000, Duration.ofMillis(500)));
  }

  @Test
  void several_secrets_are_read_in_order_for_rotation() {
    assertThat(
            with(Map.of("GROWTHBUS_STRIPE_WEBHOOK_SECRET", "whsec_a, whsec_b,"), new Problems())
                .stripeSecrets())
        .containsExactly(new Secret("whsec_a"), new Secret("whsec_b"));
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
            "GROWTHBUS_ENTITLEMENTS_READ_TIMEOUT: must be between 10ms and 10s");
  }

  @Test
  void printed_settings_show_no_secret() {
    EntitlementsSettings settings =
        EntitlementsSettings.from(Settings.defaults())
            .withStripeSecrets(List.of(new Secret("whsec_a")));

    assertThat(settings.stripeSecrets()).containsExactly(new Secret("whsec_a"));
    assertThat(settings.toString()).doesNotContain("whsec");
  }
}
