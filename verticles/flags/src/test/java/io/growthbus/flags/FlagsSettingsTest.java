package io.growthbus.flags;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Settings;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class FlagsSettingsTest {
  @Test
  void a_node_polls_every_ten_seconds_unless_told_otherwise() {
    assertThat(FlagsSettings.from(Settings.defaults()))
        .isEqualTo(new FlagsSettings(Duration.ofSeconds(10)));
  }

  @Test
  void the_poll_has_a_name_and_a_range() {
    Problems problems = new Problems();
    FlagsSettings settings =
        FlagsSettings.from(
            new Settings(new Properties(), Map.of("GROWTHBUS_FLAGS_POLL", "99ms"), problems));

    assertThat(settings.poll()).isEqualTo(Duration.ofSeconds(10));
    assertThat(problems.errors())
        .containsExactly("GROWTHBUS_FLAGS_POLL: must be between 100ms and 10m");
  }

  @Test
  void the_audit_is_kept_for_four_hundred_days_or_as_told_and_for_a_day_at_least() {
    assertThat(FlagsSettings.from(Settings.defaults()).audit()).isEqualTo(Duration.ofDays(400));
    Problems problems = new Problems();
    Map<String, String> told = Map.of("GROWTHBUS_FLAGS_AUDIT_RETENTION", "30d");
    assertThat(FlagsSettings.from(new Settings(new Properties(), told, problems)).audit())
        .isEqualTo(Duration.ofDays(30));
    assertThat(problems.errors()).isEmpty();

    FlagsSettings.from(
        new Settings(new Properties(), Map.of("GROWTHBUS_FLAGS_AUDIT_RETENTION", "23h"), problems));
    assertThat(problems.errors())
        .containsExactly("GROWTHBUS_FLAGS_AUDIT_RETENTION: must be between 1d and 3650d");
  }
}
