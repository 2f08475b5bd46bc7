package io.growthbus.activation;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Settings;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class ActivationSettingsTest {
  @Test
  void a_sweep_runs_every_two_seconds_and_looks_ten_seconds_back_unless_told_otherwise() {
    assertThat(ActivationSettings.from(Settings.defaults()))
        .isEqualTo(
            new ActivationSettings(
                Duration.ofSeconds(2), Duration.ofSeconds(10), Duration.ofSeconds(10), 500));
  }

  @Test
  void every_setting_has_a_name_and_a_range() {
    Problems problems = new Problems();
    Map<String, String> environment =
        Map.of(
            "GROWTHBUS_ACTIVATION_SWEEP", "99ms",
            "GROWTHBUS_ACTIVATION_SWEEP_WINDOW", "11m",
            "GROWTHBUS_ACTIVATION_PUSH_AGAIN", "soon",
            "GROWTHBUS_ACTIVATION_SWEEP_BATCH", "0",
            "GROWTHBUS_ACTIVATION_ATTRIBUTION_WINDOW", "59m");

    assertThat(ActivationSettings.from(new Settings(new Properties(), environment, problems)))
        .isEqualTo(ActivationSettings.from(Settings.defaults()));
    assertThat(problems.errors())
        .containsExactly(
            "GROWTHBUS_ACTIVATION_SWEEP: must be between 100ms and 5m",
            "GROWTHBUS_ACTIVATION_SWEEP_WINDOW: must be between 10s and 10m",
            "GROWTHBUS_ACTIVATION_PUSH_AGAIN: must be a duration such as 500ms, 30s, 5m, 72h or 7d",
            "GROWTHBUS_ACTIVATION_SWEEP_BATCH: must be a whole number from 1 to 10000",
            "GROWTHBUS_ACTIVATION_ATTRIBUTION_WINDOW: must be between 1h and 90d");
  }
}
