package io.growthbus.shared.flags;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.Targeting.Condition;
import io.growthbus.shared.flags.Targeting.Holdout;
import io.growthbus.shared.flags.Targeting.Prerequisite;
import io.growthbus.shared.flags.Targeting.Rule;
import io.growthbus.shared.flags.Targeting.Segment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FlagDifferenceTest {
  private static FlagDefinition flag(
      String key,
      double rollout,
      @Nullable String segment,
      @Nullable String holdout,
      @Nullable String prerequisite) {
    List<Rule> rules =
        segment == null
            ? List.of()
            : List.of(
                new Rule(
                    "r",
                    List.of(new Condition(null, null, List.of(), segment, false)),
                    100,
                    "on",
                    List.of()));
    List<Prerequisite> prerequisites =
        prerequisite == null ? List.of() : List.of(new Prerequisite(prerequisite, List.of("on")));
    return new FlagDefinition(
        key,
        true,
        rollout,
        List.of(),
        Surface.SERVER,
        new Targeting(
            Bucketing.MURMUR3,
            null,
            Targeting.USER_ID,
            Map.of(),
            "on",
            "off",
            List.of(),
            List.of(),
            rules,
            prerequisites,
            holdout));
  }

  private static FlagDefinition flag(String key, double rollout) {
    return flag(key, rollout, null, null, null);
  }

  private static Segment segment(String key, String user) {
    return new Segment(
        key, List.of(new Condition(Targeting.USER_ID, Operator.IN, List.of(user), null, false)));
  }

  private static Set<String> keys(List<FlagDefinition> before, List<FlagDefinition> after) {
    return FlagDifference.keys(Flags.of(before), Flags.of(after));
  }

  @Test
  void what_is_as_it_was_is_not_named() {
    Flags flags =
        new Flags(
            List.of(flag("a", 50, "s", "h", "b"), flag("b", 100)),
            List.of(segment("s", "u1")),
            List.of(new Holdout("h", 5)));

    assertThat(FlagDifference.keys(flags, flags)).isEmpty();
    assertThat(FlagDifference.keys(Flags.NONE, Flags.NONE)).isEmpty();
  }

  @Test
  void an_added_a_removed_and_a_changed_flag_are_named_in_order() {
    assertThat(
            keys(
                List.of(flag("same", 50), flag("changed", 50), flag("removed", 50)),
                List.of(flag("same", 50), flag("changed", 51), flag("added", 50))))
        .containsExactly("added", "changed", "removed");
  }

  @Test
  void a_flag_is_named_when_a_segment_or_a_holdout_that_it_names_changed() {
    List<FlagDefinition> flags =
        List.of(flag("a", 50, "s", null, null), flag("b", 50, null, "h", null), flag("c", 50));
    Flags before = new Flags(flags, List.of(segment("s", "u1")), List.of(new Holdout("h", 5)));

    assertThat(
            FlagDifference.keys(
                before,
                new Flags(flags, List.of(segment("s", "u2")), List.of(new Holdout("h", 5)))))
        .containsExactly("a");
    assertThat(
            FlagDifference.keys(before, new Flags(flags, List.of(segment("s", "u1")), List.of())))
        .containsExactly("b");
  }

  @Test
  void a_flag_is_named_when_one_that_must_come_first_is_however_far_away() {
    List<FlagDefinition> needing =
        List.of(flag("z", 100, null, null, "y"), flag("y", 100, null, null, "x"));
    List<FlagDefinition> before = new ArrayList<>(needing);
    before.add(flag("x", 100));
    List<FlagDefinition> after = new ArrayList<>(needing);
    after.add(flag("x", 0));

    assertThat(keys(before, after)).containsExactly("x", "y", "z");
  }

  @Property(tries = 300)
  void a_flag_that_is_not_named_answers_everyone_as_before(
      @ForAll @Size(5) List<@IntRange(max = 3) Integer> earlier,
      @ForAll @Size(5) List<@IntRange(max = 3) Integer> later) {
    Flags before = flags(earlier);
    Flags after = flags(later);
    FlagSnapshot first = new FlagSnapshot(1, before);
    FlagSnapshot second = new FlagSnapshot(2, after);
    Set<String> named = FlagDifference.keys(before, after);

    for (String key : List.of("a", "b", "c", "d")) {
      for (int user = 0; user < 20 && !named.contains(key); user++) {
        assertThat(second.evaluate(key, "u" + user)).isEqualTo(first.evaluate(key, "u" + user));
      }
    }
  }

  private static Flags flags(List<Integer> dice) {
    List<FlagDefinition> flags = new ArrayList<>();
    if (dice.get(0) > 0) {
      flags.add(flag("a", 25.0 * dice.get(0)));
    }
    flags.add(flag("b", 30, dice.get(1) > 1 ? "s" : null, "h", null));
    flags.add(flag("c", 100, null, null, dice.get(2) > 0 ? "a" : "b"));
    flags.add(flag("d", 100, null, null, "c"));
    return new Flags(
        flags,
        List.of(segment("s", "u" + dice.get(3))),
        List.of(new Holdout("h", 20.0 * dice.get(4))));
  }
}
