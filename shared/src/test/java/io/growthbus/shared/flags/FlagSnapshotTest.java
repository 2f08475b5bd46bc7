package io.growthbus.shared.flags;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.flags.FlagDecision.Reason;
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

  private static void assertDecision(FlagDecision decision, boolean on, Reason reason) {
    assertThat(decision.isOn()).isEqualTo(on);
    assertThat(decision.reason()).isEqualTo(reason);
  }

  @Test
  void an_unknown_flag_is_off_and_says_so() {
    assertDecision(flag(true, 100).evaluate("other", "u"), false, Reason.FLAG_NOT_FOUND);
  }

  @Test
  void disabled_wins_over_a_named_user() {
    assertDecision(flag(false, 100, "u").evaluate("f", "u"), false, Reason.DISABLED);
  }

  @Test
  void a_named_user_wins_over_the_rollout() {
    assertDecision(flag(true, 0, "u").evaluate("f", "u"), true, Reason.TARGETING_MATCH);
  }

  @Test
  void a_partial_rollout_without_a_user_is_off_and_says_so() {
    assertDecision(flag(true, 50).evaluate("f", null), false, Reason.TARGETING_KEY_MISSING);
    assertDecision(flag(true, 100).evaluate("f", null), true, Reason.STATIC);
    assertDecision(flag(true, 0).evaluate("f", null), false, Reason.STATIC);
  }

  @Test
  void a_user_in_bucket_48_is_out_at_48_and_in_above() {
    FlagDefinition at48 = new FlagDefinition("lubricants", true, 48, List.of(), Surface.CLIENT);
    FlagDefinition at49 = new FlagDefinition("lubricants", true, 49, List.of(), Surface.CLIENT);

    assertDecision(
        new FlagSnapshot(1, List.of(at48)).evaluate("lubricants", "polygene"), false, Reason.SPLIT);
    assertDecision(
        new FlagSnapshot(1, List.of(at49)).evaluate("lubricants", "polygene"), true, Reason.SPLIT);
  }

  @Property
  void raising_a_rollout_never_removes_anyone(
      @ForAll String user,
      @ForAll @DoubleRange(min = 0, max = 100) double lower,
      @ForAll @DoubleRange(min = 0, max = 100) double higher) {
    double from = Math.min(lower, higher);
    double to = Math.max(lower, higher);

    boolean before = flag(true, from).evaluate("f", user).isOn();
    boolean after = flag(true, to).evaluate("f", user).isOn();

    assertThat(after || !before).isTrue();
  }
}
