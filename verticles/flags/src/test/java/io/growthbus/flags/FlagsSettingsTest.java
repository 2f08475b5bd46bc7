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
}
