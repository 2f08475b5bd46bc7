package io.growthbus.shared.flags;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.Targeting.Condition;
import io.growthbus.shared.flags.Targeting.Prerequisite;
import io.growthbus.shared.flags.Targeting.Rule;
import io.growthbus.shared.flags.Targeting.Segment;
import java.util.List;
import org.junit.jupiter.api.Test;

class FactsTest {
  private static final Segment NEAR_LIMIT =
      new Segment("near_limit", List.of(on("usage.api_calls"), on("country")));

  private static Condition on(String attribute) {
    return new Condition(attribute, Operator.EXISTS, List.of(), null, false);
  }

  private static Condition in(String segment) {
    return new Condition(null, null, List.of(), segment, false);
  }

  private static FlagDefinition flag(
      String key, String bucketBy, List<Condition> conditions, List<Prerequisite> prerequisites) {
    Targeting seed = Targeting.SEED;
    return new FlagDefinition(
        key,
        true,
        50,
        List.of(),
        Surface.CLIENT,
        new Targeting(
            Bucketing.MURMUR3,
            null,
            bucketBy,
            seed.variants(),
            seed.on(),
            seed.off(),
            List.of(),
            List.of(),
            List.of(new Rule("rule", conditions, 100, "on", List.of())),
            prerequisites,
            null));
  }

  private static FlagSnapshot snapshot(FlagDefinition... flags) {
    return new FlagSnapshot(1, new Flags(List.of(flags), List.of(NEAR_LIMIT), List.of()));
  }

  @Test
  void only_tier_limits_and_usage_and_what_is_inside_of_them_are_facts() {
    assertThat(List.of("tier", "limits", "usage", "usage.api_calls", "limits.seats"))
        .allMatch(Facts::isFact);
    assertThat(List.of("country", "tiers", "usages.api_calls", "plan.tier", "", "."))
        .noneMatch(Facts::isFact);
  }

  @Test
  void a_flag_looks_at_the_facts_of_its_conditions_its_segments_and_its_unit() {
    FlagSnapshot snapshot =
        snapshot(flag("f", "tier", List.of(on("limits.seats"), in("near_limit")), List.of()));

    assertThat(snapshot.facts("f"))
        .containsExactlyInAnyOrder("tier", "limits.seats", "usage.api_calls");
  }

  @Test
  void a_flag_looks_at_the_facts_of_the_flags_that_must_come_first_even_in_a_circle() {
    FlagSnapshot snapshot =
        snapshot(
            flag(
                "first",
                "user_id",
                List.of(on("tier")),
                List.of(new Prerequisite("second", List.of("on")))),
            flag(
                "second",
                "user_id",
                List.of(in("near_limit")),
                List.of(new Prerequisite("first", List.of("on")))));

    assertThat(snapshot.facts("first")).containsExactlyInAnyOrder("tier", "usage.api_calls");
    assertThat(snapshot.facts("second")).containsExactlyInAnyOrder("tier", "usage.api_calls");
  }

  @Test
  void a_flag_without_facts_a_plain_one_and_an_unknown_one_look_at_none() {
    FlagSnapshot snapshot =
        snapshot(
            flag("country", "user_id", List.of(on("country"), in("unknown")), List.of()),
            new FlagDefinition("plain", true, 50, List.of(), Surface.CLIENT));

    assertThat(snapshot.facts("country")).isEmpty();
    assertThat(snapshot.facts("plain")).isEmpty();
    assertThat(snapshot.facts("unknown")).isEmpty();
  }
}
