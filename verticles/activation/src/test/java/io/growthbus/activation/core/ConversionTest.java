package io.growthbus.activation.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import io.growthbus.shared.settings.Problems;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConversionTest {
  private static final Entitlements TIERS =
      GrowthConfigReader.read("{}", new Problems()).entitlements();

  private static List<String> from(String tier, String reason, State state) {
    return Conversion.from(
        new Entitlement("u", tier, Map.of(), List.of(), List.of(), 0, state, reason, null, null, 1),
        TIERS);
  }

  @Test
  void who_pays_came_from_any_lower_tier() {
    assertThat(from("pro", "active", State.FRESH)).containsExactly("free");
    assertThat(from("enterprise", "active", State.STALE)).containsExactly("free", "pro");
  }

  @ParameterizedTest
  @ValueSource(strings = {"override", "trial", "account", "account_trial"})
  void a_tier_that_was_given_is_no_payment(String reason) {
    assertThat(from("pro", reason, State.FRESH)).isEmpty();
  }

  @Test
  void neither_is_the_free_tier_a_guess_or_a_tier_that_is_none() {
    assertThat(from("free", "active", State.FRESH)).isEmpty();
    assertThat(from("pro", "active", State.FALLBACK)).isEmpty();
    assertThat(from("gold", "active", State.FRESH)).isEmpty();
  }
}
