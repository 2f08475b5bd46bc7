package io.growthbus.flags.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.config.DefinitionReader;
import io.growthbus.shared.config.FlagDocument;
import io.growthbus.shared.config.FlagForm;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.flags.Definition.Kind;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.settings.Problems;
import java.util.List;
import org.junit.jupiter.api.Test;

class WithoutErasedTest {
  @Test
  void a_user_who_was_erased_is_no_target_even_if_the_file_still_says_so() {
    FlagDefinition both =
        new FlagDefinition("a", true, 12.5, List.of("ada", "bob"), Surface.SERVER);
    FlagDefinition other = new FlagDefinition("b", false, 0, List.of("bob"), Surface.CLIENT);

    assertThat(WithoutErased.of(Flags.of(List.of(both, other)), "ada"::equals).definitions())
        .containsExactly(
            new FlagDefinition("a", true, 12.5, List.of("bob"), Surface.SERVER), other);
  }

  @Test
  void no_target_rule_or_segment_names_a_user_who_was_erased() {
    String file =
        """
        {"flags": {
          "segments": [{"key": "s", "if": [{"attribute": "user_id", "values": ["ada", "bob"]}]}],
          "definitions": [{
            "key": "f", "targets": [{"variant": "on", "users": ["ada", "bob"]}],
            "rules": [{"key": "r", "if": [{"attribute": "user_id", "operator": "not_in", "values": ["ada", 7]}]}]
          }]}}
        """;

    assertThat(WithoutErased.of(flags(file), "ada"::equals))
        .isEqualTo(flags(file.replace("\"ada\", ", "")));
  }

  @Test
  void a_flag_whose_condition_named_only_who_was_erased_can_be_put_and_applied_as_it_is_shown() {
    String file =
        """
        {"flags": {
          "segments": [{"key": "s", "if": [{"attribute": "user_id", "operator": "ends_with", "values": ["ada"]}]}],
          "definitions": [{
            "key": "f",
            "rules": [{"key": "r", "if": [{"attribute": "user_id", "values": ["ada"]}]}]
          }]}}
        """;
    Flags left = WithoutErased.of(flags(file), "ada"::equals);
    Problems problems = new Problems();

    assertThat(FlagDocument.read(FlagDocument.text(left), "flags", problems)).isEqualTo(left);
    assertThat(
            DefinitionReader.read(
                Kind.FLAG, FlagForm.text(left.definitions().get(0)), "f", Surface.CLIENT, problems))
        .contains(left.definitions().get(0));
    Definitions stored = Definitions.of(List.of()).following(left);
    assertThat(Edits.put(stored, left.definitions().get(0)).flags()).isEqualTo(left);
    assertThat(problems.errors()).isEmpty();
  }

  private static Flags flags(String file) {
    return GrowthConfigReader.read(file, new Problems()).flags();
  }
}
