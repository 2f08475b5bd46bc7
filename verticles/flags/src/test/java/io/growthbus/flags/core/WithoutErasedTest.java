package io.growthbus.flags.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import java.util.List;
import org.junit.jupiter.api.Test;

class WithoutErasedTest {
  @Test
  void a_user_who_was_erased_is_no_target_even_if_the_file_still_says_so() {
    FlagDefinition both =
        new FlagDefinition("a", true, 12.5, List.of("ada", "bob"), Surface.SERVER);
    FlagDefinition other = new FlagDefinition("b", false, 0, List.of("bob"), Surface.CLIENT);

    assertThat(WithoutErased.of(List.of(both, other), "ada"::equals))
        .containsExactly(
            new FlagDefinition("a", true, 12.5, List.of("bob"), Surface.SERVER), other);
  }
}
