package io.growthbus.activation.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.config.Catalogue;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.config.GrowthConfig.Tier;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EligibilityTest {
  private static Eligibility of(String tier, State state, String fallbackTier) {
    Entitlements config =
        new Entitlements(
            Duration.ZERO,
            fallbackTier,
            Duration.ZERO,
            Duration.ZERO,
            Duration.ZERO,
            List.of(
                new Tier("trial", Map.of(), List.of(), List.of()),
                new Tier("free", Map.of(), List.of(), List.of()),
                new Tier("pro", Map.of(), List.of(), List.of())),
            List.of(),
            Catalogue.EMPTY);
    return Eligibility.of(
        new Entitlement("u", tier, Map.of(), List.of(), List.of(), 0, state, "none", null, null, 0),
        config);
  }

  @ParameterizedTest
  @EnumSource(
      value = State.class,
      names = {"FRESH", "STALE", "GRACE"})
  void a_user_known_to_be_on_the_fallback_tier_or_below_is_asked(State state) {
    assertThat(of("free", state, "free")).isEqualTo(Eligibility.ELIGIBLE);
    assertThat(of("trial", state, "free")).isEqualTo(Eligibility.ELIGIBLE);
  }

  @ParameterizedTest
  @EnumSource(
      value = State.class,
      names = {"FRESH", "STALE", "GRACE"})
  void a_user_above_the_fallback_tier_is_never_asked_however_old_the_knowledge(State state) {
    assertThat(of("pro", state, "free")).isEqualTo(Eligibility.ON_PAID_TIER);
    assertThat(of("free", state, "trial")).isEqualTo(Eligibility.ON_PAID_TIER);
  }

  @Test
  void a_guess_is_no_reason_to_ask_and_none_to_give_up() {
    assertThat(of("free", State.FALLBACK, "free")).isEqualTo(Eligibility.UNKNOWN);
    assertThat(of("pro", State.FALLBACK, "free")).isEqualTo(Eligibility.UNKNOWN);
  }

  @Test
  void a_tier_that_this_node_does_not_know_may_be_a_paid_one() {
    assertThat(of("platinum", State.FRESH, "free")).isEqualTo(Eligibility.UNKNOWN);
  }

  @Test
  void each_reason_not_to_show_a_prompt_has_a_stable_word() {
    assertThat(Suppression.values())
        .extracting(Suppression::code)
        .containsExactly(
            "lower_step",
            "not_fresh",
            "rule_unknown",
            "entitlement_unknown",
            "on_paid_tier",
            "audience_unknown",
            "audience_not_matched",
            "consent_unknown",
            "consent_denied",
            "flag_unknown",
            "flag_off",
            "holdout",
            "cap_prompt",
            "lower_priority",
            "cap_day",
            "cap_distance");
  }
}
