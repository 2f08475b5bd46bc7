package io.growthbus.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Settings;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class IngestSettingsTest {
  private static final Map<String, String> ALL =
      Map.ofEntries(
          Map.entry("ingest.writers", "4"),
          Map.entry("ingest.group.events", "200"),
          Map.entry("ingest.queue.events", "5000"),
          Map.entry("ingest.queue.bytes", "8MiB"),
          Map.entry("ingest.deadline", "2s"),
          Map.entry("ingest.retention", "90d"),
          Map.entry("ingest.durability.weak.allow", "true"),
          Map.entry("ingest.account.tokens.allow", "true"),
          Map.entry("ingest.quarantine.retention", "10d"),
          Map.entry("ingest.quarantine.reason.events", "7"),
          Map.entry("ingest.quarantine.events", "70"));

  private static Settings settings(Map<String, String> values) {
    Properties file = new Properties();
    file.putAll(values);
    return new Settings(file, Map.of(), new Problems());
  }

  @Test
  void the_defaults_are_those_of_the_documentation() {
    assertThat(IngestSettings.from(Settings.defaults()))
        .isEqualTo(
            new IngestSettings(
                2,
                1_000,
                20_000,
                32 << 20,
                Duration.ofSeconds(5),
                Duration.ofDays(400),
                false,
                false,
                new QuarantineSettings(Duration.ofDays(30), 1_000, 50_000)));
  }

  @Test
  void every_setting_is_read() {
    Settings settings = settings(ALL);

    assertThat(IngestSettings.from(settings))
        .isEqualTo(
            new IngestSettings(
                4,
                200,
                5_000,
                8 << 20,
                Duration.ofSeconds(2),
                Duration.ofDays(90),
                true,
                true,
                new QuarantineSettings(Duration.ofDays(10), 7, 70)));
    assertThat(settings.problems().errors()).isEmpty();
    assertThat(settings.declared())
        .extracting(Settings.Declared::name)
        .containsExactlyInAnyOrderElementsOf(ALL.keySet());
  }

  @Test
  void every_setting_out_of_range_is_a_problem_of_its_own() {
    Settings settings =
        settings(
            Map.of(
                "ingest.writers", "0",
                "ingest.group.events", "5001",
                "ingest.queue.events", "499",
                "ingest.queue.bytes", "1KiB",
                "ingest.deadline", "1ms",
                "ingest.retention", "36501d",
                "ingest.durability.weak.allow", "yes",
                "ingest.quarantine.retention", "36d",
                "ingest.quarantine.reason.events", "100001",
                "ingest.quarantine.events", "1000001"));

    assertThat(IngestSettings.from(settings)).isEqualTo(IngestSettings.from(Settings.defaults()));
    assertThat(settings.problems().errors()).hasSize(10);
  }

  @Test
  void the_largest_batch_fits_into_the_smallest_queue() {
    Settings settings =
        settings(Map.of("ingest.queue.events", "500", "ingest.queue.bytes", "1MiB"));

    assertThat(IngestSettings.from(settings).queueEvents())
        .isGreaterThanOrEqualTo(io.growthbus.ingest.core.Limits.EVENTS);
    assertThat(settings.problems().errors()).isEmpty();
  }
}
