package io.growthbus.activation.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.activation.core.Step.Kind;
import io.growthbus.shared.config.Threshold;
import io.growthbus.shared.config.Threshold.Count;
import io.growthbus.shared.config.Threshold.Every;
import io.growthbus.shared.config.Threshold.OfLimit;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StepTest {
  private static final List<Threshold> PARTS = List.of(new OfLimit(80), new OfLimit(100));

  @Test
  void a_jump_reaches_every_step_below_the_highest_last() {
    List<Threshold> thresholds =
        List.of(new Count(10), new Count(50), new OfLimit(80), new Every(40));

    assertThat(Step.reached(thresholds, 85, 100L))
        .containsExactly(
            new Step(Kind.COUNT, 1, 10, 10),
            new Step(Kind.EVERY, 1, 40, 40),
            new Step(Kind.COUNT, 2, 50, 50),
            new Step(Kind.PERCENT, 1, 80, 80),
            new Step(Kind.EVERY, 2, 80, 80));
  }

  @ParameterizedTest
  @CsvSource({
    "79, 100, 0",
    "80, 100, 1",
    "99, 100, 1",
    "100, 100, 2",
    "2, 3, 0",
    "3, 3, 2",
    "1, 0, 2"
  })
  void a_part_of_a_limit_is_reached_when_as_much_is_used_and_never_before(
      long count, long limit, int steps) {
    assertThat(Step.reached(PARTS, count, limit)).hasSize(steps);
  }

  @Test
  void a_part_of_no_limit_is_never_reached_and_one_of_the_greatest_does_not_overflow() {
    assertThat(Step.reached(PARTS, Long.MAX_VALUE, null)).isEmpty();
    assertThat(Step.reached(List.of(new OfLimit(1_000)), Long.MAX_VALUE - 1, Long.MAX_VALUE))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"99, 0", "100, 1", "199, 1", "200, 2", "350, 3"})
  void a_repeating_step_is_reached_at_each_multiple(long count, int times) {
    assertThat(Step.reached(List.of(new Every(100)), count, null)).hasSize(times);
  }

  @Test
  void a_jump_over_very_many_repetitions_keeps_the_last_of_them() {
    List<Step> steps = Step.reached(List.of(new Every(1)), Long.MAX_VALUE, null);

    assertThat(steps).hasSize(Step.MOST_BEHIND + 1);
    assertThat(steps.get(Step.MOST_BEHIND).number()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void the_lowest_count_of_a_part_of_a_limit_is_one() {
    assertThat(Step.lowest(List.of(new Count(7), new Every(5)))).isEqualTo(5);
    assertThat(Step.lowest(PARTS)).isEqualTo(1);
  }
}
