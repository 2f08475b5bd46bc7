package io.growthbus.ingest.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.ingest.core.EventWith;
import io.growthbus.ingest.core.schema.Violation;
import io.growthbus.ingest.core.schema.Violation.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequiredPropertiesTest {
  private static final RequiredProperties CONTRACT =
      new RequiredProperties(List.of("role", "a/b~c"));

  private static List<Violation> check(String... names) {
    return CONTRACT.check(EventWith.unreadableProperties(names));
  }

  @Test
  void an_event_with_all_of_them_keeps_the_contract_and_its_values_are_not_read() {
    assertThat(check("role", "a/b~c")).isEmpty();
  }

  @Test
  void each_one_that_is_missing_is_told_in_the_order_of_the_contract() {
    assertThat(check())
        .containsExactly(
            new Violation(Kind.REQUIRED_MISSING, "/properties/role"),
            new Violation(Kind.REQUIRED_MISSING, "/properties/a~1b~0c"));
  }

  @Test
  void further_ones_are_told_sorted() {
    assertThat(check("role", "a/b~c", "z", "y"))
        .containsExactly(
            new Violation(Kind.ADDITIONAL_PROPERTY, "/properties/y"),
            new Violation(Kind.ADDITIONAL_PROPERTY, "/properties/z"));
  }
}
