package io.growthbus.shared.flags;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.flags.FlagDefinition.Surface;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class FlagSnapshotTest {
  private static FlagSnapshot flag(boolean enabled, double rollout, String... targets) {
    return new FlagSnapshot(
        7, List.of(new FlagDefinition("f", enabled, rollout, List.of(targets), Surface.CLIENT)));
  }

  @Test
  void an_unknown_flag_is_off_and_says_so() {
    assertThat(flag(true, 100).evaluate("other", "u")).isEqualTo(FlagDecision.UNKNOWN_FLAG);
  }

  @Test
  void disabled_wins_over_a_named_user() {
    assertThat(flag(false, 100, "u").evaluate("f", "u")).isEqualTo(FlagDecision.DISABLED);
  }

  @Test
  void a_named_user_wins_over_the_rollout() {
    assertThat(flag(true, 0, "u").evaluate("f", "u")).isEqualTo(FlagDecision.TARGETED);
  }

  @Test
  void a_partial_rollout_without_a_user_is_off_and_says_so() {
    assertThat(flag(true, 50).evaluate("f", null)).isEqualTo(FlagDecision.NO_USER);
    assertThat(flag(true, 100).evaluate("f", null)).isEqualTo(FlagDecision.ON_FOR_ALL);
    assertThat(flag(true, 0).evaluate("f", null)).isEqualTo(FlagDecision.OFF_FOR_ALL);
  }

  @Test
  void a_user_in_bucket_48_is_out_at_48_and_in_above() {
    FlagDefinition at48 = new FlagDefinition("lubricants", true, 48, List.of(), Surface.CLIENT);
    FlagDefinition at49 = new FlagDefinition("lubricants", true, 49, List.of(), Surface.CLIENT);

    assertThat(new FlagSnapshot(1, List.of(at48)).evaluate("lubricants", "polygene"))
        .isEqualTo(FlagDecision.OUT_OF_ROLLOUT);
    assertThat(new FlagSnapshot(1, List.of(at49)).evaluate("lubricants", "polygene"))
        .isEqualTo(FlagDecision.IN_ROLLOUT);
  }

  @Property
  void raising_a_rollout_never_removes_anyone(
      @ForAll String user,
      @ForAll @DoubleRange(min = 0, max = 100) double lower,
      @ForAll @DoubleRange(min = 0, max = 100) double higher) {
    double from = Math.min(lower, higher);
    double to = Math.max(lower, higher);

    boolean before = flag(true, from).evaluate("f", user).value();
    boolean after = flag(true, to).evaluate("f", user).value();

    assertThat(after || !before).isTrue();
  }
}
