package io.growthbus.flags.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.message.UsedFacts;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FactAttributesTest {
  private static final KnownFacts KNOWN =
      new KnownFacts(
          Map.of("tier", "free", "limits.seats", 5L, "usage.api_calls", 40L),
          Set.of("usage.tokens"),
          9L);
  private static final Map<String, Object> SAID =
      Map.of(
          "country", "NO", "tier", "pro", "usage.api_calls", 1, "limits", Map.of("seats", 1_000));

  private final FactAttributes attributes = new FactAttributes(SAID, KNOWN);

  @Test
  void what_is_said_of_facts_is_not_believed_in_any_form_and_everything_else_is() {
    assertThat(attributes.get("country")).isEqualTo("NO");
    assertThat(attributes.get("tier")).isEqualTo("free");
    assertThat(attributes.get("limits.seats")).isEqualTo(5L);
    assertThat(attributes.get("limits")).isNull();
    assertThat(attributes.get("usage.api_calls")).isEqualTo(40L);
    assertThat(attributes.get("usage.other")).isNull();
  }

  @Test
  void only_what_was_looked_at_was_used() {
    assertThat(attributes.used()).isNull();
    attributes.get("country");
    assertThat(attributes.used()).isNull();
    attributes.get("usage.api_calls");
    assertThat(attributes.used()).isEqualTo(new UsedFacts(null, Map.of("api_calls", 40L)));
    attributes.get("limits.other");
    assertThat(attributes.used()).isEqualTo(new UsedFacts(9L, Map.of("api_calls", 40L)));
  }

  @Test
  void a_fact_that_could_not_be_read_is_missed_only_when_it_is_looked_at() {
    attributes.get("tier");
    assertThat(attributes.missedFact()).isFalse();
    assertThat(attributes.get("usage.tokens")).isNull();
    assertThat(attributes.missedFact()).isTrue();
  }

  @Test
  void a_supposed_fact_counts_instead_of_the_known_one_and_is_not_missed() {
    FactAttributes supposed =
        FactAttributes.hypothetical(
            Map.of("usage", Map.of("tokens", 7, "api_calls", 3), "tier", "pro"), KNOWN);

    assertThat(supposed.get("tier")).isEqualTo("pro");
    assertThat(supposed.get("usage.tokens")).isEqualTo(7);
    assertThat(supposed.get("usage.api_calls")).isEqualTo(3);
    assertThat(supposed.get("limits.seats")).isEqualTo(5L);
    assertThat(supposed.missedFact()).isFalse();
    assertThat(supposed.used()).isEqualTo(new UsedFacts(9L, null));
  }
}
