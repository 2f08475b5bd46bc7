package io.growthbus.activation.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromptCopyTest {
  private static final Map<String, String> VALUES = Map.of("count", "50", "limit", "100");

  @Test
  void every_variable_is_filled_in() {
    assertThat(PromptCopy.fill("{{count}} of {{limit}} used, {{count}}!", VALUES))
        .isEqualTo("50 of 100 used, 50!");
  }

  @Test
  void blanks_inside_the_braces_do_not_matter() {
    assertThat(PromptCopy.fill("{{ count }}/{{limit  }}", VALUES)).isEqualTo("50/100");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{{tier}}", "{{Count}}", "{{count1}}", "{{}}", "{{ }}", "{{a b}}"})
  void a_variable_without_a_value_becomes_a_dash_never_a_brace(String variable) {
    assertThat(PromptCopy.fill("x " + variable + " y", VALUES)).isEqualTo("x – y");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "plain", "{count}", "a } b { c", "$1 \\ ${count}"})
  void text_without_variables_stays_as_it_is(String text) {
    assertThat(PromptCopy.fill(text, VALUES)).isEqualTo(text);
  }

  @Test
  void a_value_is_text_and_nothing_in_it_is_looked_at() {
    assertThat(PromptCopy.fill("{{tier}}", Map.of("tier", "$0 \\ {{count}}")))
        .isEqualTo("$0 \\ {{count}}");
  }

  @Property(tries = 300)
  void a_value_comes_out_exactly_as_it_went_in(@ForAll String value) {
    assertThat(PromptCopy.fill("<{{count}}>", Map.of("count", value))).isEqualTo("<" + value + ">");
  }
}
