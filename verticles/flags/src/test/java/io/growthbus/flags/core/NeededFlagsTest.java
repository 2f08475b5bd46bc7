package io.growthbus.flags.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.settings.Problems;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NeededFlagsTest {
  private static final List<FlagDefinition> FLAGS =
      GrowthConfigReader.read(
              """
              {"flags": {"definitions": [
                {"key": "used", "prerequisites": [{"flag": "middle"}]},
                {"key": "middle", "prerequisites": [{"flag": "base"}]},
                {"key": "base"},
                {"key": "dead", "prerequisites": [{"flag": "deader"}, {"flag": "no_such_flag"}]},
                {"key": "deader", "prerequisites": [{"flag": "dead"}]}]}}
              """,
              new Problems())
          .flags()
          .definitions();

  @Test
  void what_a_flag_in_use_needs_is_needed_over_any_number_of_steps() {
    assertThat(NeededFlags.of(FLAGS, Set.of("middle", "base", "dead", "deader")))
        .containsExactlyInAnyOrder("middle", "base");
  }

  @Test
  void flags_that_need_only_each_other_are_not_needed() {
    assertThat(NeededFlags.of(FLAGS, Set.of("used", "middle", "base", "dead", "deader"))).isEmpty();
  }
}
