package io.growthbus.shared.domain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ThresholdCrossedTest {
  private static UUID id(String rule, int epoch, String period, String step, long number) {
    return ThresholdCrossed.id(rule, epoch, period.isEmpty() ? null : period, step, number, "u1");
  }

  @Test
  void a_crossing_has_one_id_for_ever() {
    assertThat(id("api_calls", 2, "2026-11-01", "percent", 1))
        .isEqualTo(
            NameBasedId.of(ThresholdCrossed.NAMESPACE, "api_calls:2:2026-11-01:percent:1:u1"))
        .isEqualTo(id("api_calls", 2, "2026-11-01", "percent", 1));
    assertThat(id("api_calls", 0, "", "count", 1))
        .hasToString("1ee0dea1-071b-5517-9297-7571c22c8577");
  }

  @Test
  void whatever_differs_between_two_crossings_makes_two_ids() {
    assertThat(
            Set.of(
                id("a", 0, "", "count", 1),
                id("b", 0, "", "count", 1),
                id("a", 1, "", "count", 1),
                id("a", 0, "2026-11-01", "count", 1),
                id("a", 0, "", "every", 1),
                id("a", 0, "", "count", 2),
                ThresholdCrossed.id("a", 0, null, "count", 1, "u2")))
        .hasSize(7);
  }
}
