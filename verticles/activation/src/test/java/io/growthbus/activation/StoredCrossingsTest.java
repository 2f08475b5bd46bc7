package io.growthbus.activation;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.activation.core.Crossings;
import io.growthbus.activation.core.Crossings.Reached;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.settings.Problems;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoredCrossingsTest {
  private final StoredCrossings stored = new StoredCrossings();

  private static List<Reached> reached(String user, int epoch, LocalDate period, long count) {
    List<Rule> rules =
        GrowthConfigReader.read(
                """
                {"meters": [{"key": "calls", "event": "c", "period": "month"}],
                 "activation": {"rules": [
                   {"key": "r", "meter": "calls", "thresholds": [10, 20], "rearm": "period", "epoch": %d}]}}
                """
                    .formatted(epoch),
                new Problems())
            .activation()
            .rules();
    long periodMs = period.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
    return Crossings.of(
        rules,
        List.of(new MeterReading(user, "calls", count, periodMs, periodMs)),
        unknown -> Optional.empty(),
        periodMs);
  }

  private static final LocalDate MAY = LocalDate.of(2026, 5, 1);

  @Test
  void what_nobody_has_stored_is_left() {
    List<Reached> first = reached("u", 1, MAY, 10);
    assertThat(stored.without(first)).isEqualTo(first).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"10", "11", "19"})
  void what_is_stored_is_taken_out_until_the_next_step(long count) {
    stored.stored(reached("u", 1, MAY, 10));
    assertThat(stored.without(reached("u", 1, MAY, count))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "u, 1, 2026-05-01, 20",
    "v, 1, 2026-05-01, 10",
    "u, 2, 2026-05-01, 10",
    "u, 1, 2026-06-01, 10"
  })
  void another_step_user_epoch_or_period_is_left(
      String user, int epoch, LocalDate period, long count) {
    stored.stored(reached("u", 1, MAY, 10));
    assertThat(stored.without(reached(user, epoch, period, count))).hasSize(1);
  }
}
