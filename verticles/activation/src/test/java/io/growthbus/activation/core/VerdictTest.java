package io.growthbus.activation.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class VerdictTest {
  private static Verdict of(
      @Nullable Long count,
      boolean crossed,
      @Nullable PromptState state,
      @Nullable String suppression,
      Eligibility eligibility) {
    return Verdict.of(true, count, 50, crossed, state, suppression, eligibility);
  }

  @ParameterizedTest
  @CsvSource({
    "49,false,,,ELIGIBLE,BELOW_THRESHOLD",
    "50,false,,,ELIGIBLE,CROSSING_PENDING",
    ",false,,,ELIGIBLE,UNKNOWN_COUNT",
    "50,true,PENDING,,ELIGIBLE,WAITING_FOR_PAGE",
    "50,true,PENDING,,ON_PAID_TIER,ON_PAID_TIER",
    "50,true,PENDING,,UNKNOWN,UNKNOWN_ENTITLEMENT",
    "50,true,SUPPRESSED,on_paid_tier,ELIGIBLE,ON_PAID_TIER",
    "50,true,SUPPRESSED,other,ELIGIBLE,SUPPRESSED",
    "3,true,CLICKED,,ON_PAID_TIER,CLICKED"
  })
  void the_first_thing_that_keeps_a_prompt_from_a_user_is_the_reason(
      @Nullable Long count,
      boolean crossed,
      @Nullable PromptState state,
      @Nullable String suppression,
      Eligibility eligibility,
      Verdict verdict) {
    assertThat(of(count, crossed, state, suppression, eligibility)).isEqualTo(verdict);
  }

  @ParameterizedTest
  @EnumSource(
      value = PromptState.class,
      names = {"PENDING", "SUPPRESSED"},
      mode = EnumSource.Mode.EXCLUDE)
  void what_became_of_a_prompt_wins_over_what_would_be_now(PromptState state) {
    assertThat(of(0L, true, state, null, Eligibility.UNKNOWN).name()).isEqualTo(state.name());
  }

  @Test
  void a_rule_that_is_gone_raises_nothing_and_its_old_prompts_keep_their_end() {
    assertThat(Verdict.of(false, null, 0, true, PromptState.PENDING, null, Eligibility.ELIGIBLE))
        .isEqualTo(Verdict.UNKNOWN_RULE);
    assertThat(Verdict.of(false, null, 0, true, PromptState.DISMISSED, null, Eligibility.ELIGIBLE))
        .isEqualTo(Verdict.DISMISSED);
  }

  @ParameterizedTest
  @EnumSource(Verdict.class)
  void every_verdict_has_a_word_and_a_sentence(Verdict verdict) {
    assertThat(verdict.code()).matches("[a-z_]+");
    assertThat(verdict.text()).endsWith(".");
  }
}
