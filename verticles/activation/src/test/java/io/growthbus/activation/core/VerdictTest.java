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
      @Nullable Suppression now) {
    return Verdict.of(true, count, 50, crossed, state, suppression, now);
  }

  @ParameterizedTest
  @CsvSource({
    "49,false,,,,BELOW_THRESHOLD",
    "50,false,,,,CROSSING_PENDING",
    ",false,,,,UNKNOWN_COUNT",
    "50,true,PENDING,,,WAITING_FOR_PAGE",
    "50,true,PENDING,,ON_PAID_TIER,ON_PAID_TIER",
    "50,true,PENDING,,ENTITLEMENT_UNKNOWN,UNKNOWN_ENTITLEMENT",
    "50,true,SUPPRESSED,on_paid_tier,,ON_PAID_TIER",
    "50,true,SUPPRESSED,other,,SUPPRESSED",
    "50,true,SUPPRESSED,not_fresh,,NOT_FRESH",
    "50,true,SUPPRESSED,cap_prompt,,CAP_PROMPT",
    "50,true,PENDING,,FLAG_OFF,FLAG_OFF",
    "50,true,PENDING,cap_day,,CAP_DAY",
    "50,true,PENDING,lower_priority,,LOWER_PRIORITY",
    "50,true,PENDING,cap_day,CONSENT_DENIED,CONSENT_DENIED",
    "50,true,PENDING,flag_unknown,,WAITING_FOR_PAGE",
    "3,true,CLICKED,,ON_PAID_TIER,CLICKED"
  })
  void the_first_thing_that_keeps_a_prompt_from_a_user_is_the_reason(
      @Nullable Long count,
      boolean crossed,
      @Nullable PromptState state,
      @Nullable String suppression,
      @Nullable Suppression now,
      Verdict verdict) {
    assertThat(of(count, crossed, state, suppression, now)).isEqualTo(verdict);
  }

  @ParameterizedTest
  @EnumSource(
      value = PromptState.class,
      names = {"PENDING", "SUPPRESSED"},
      mode = EnumSource.Mode.EXCLUDE)
  void what_became_of_a_prompt_wins_over_what_would_be_now(PromptState state) {
    assertThat(of(0L, true, state, null, Suppression.ENTITLEMENT_UNKNOWN).name())
        .isEqualTo(state.name());
  }

  @Test
  void a_rule_that_is_gone_raises_nothing_and_its_old_prompts_keep_their_end() {
    assertThat(Verdict.of(false, null, 0, true, PromptState.PENDING, null, null))
        .isEqualTo(Verdict.UNKNOWN_RULE);
    assertThat(Verdict.of(false, null, 0, true, PromptState.DISMISSED, null, null))
        .isEqualTo(Verdict.DISMISSED);
  }

  @ParameterizedTest
  @EnumSource(Verdict.class)
  void every_verdict_has_a_word_and_a_sentence(Verdict verdict) {
    assertThat(verdict.code()).matches("[a-z_]+");
    assertThat(verdict.text()).endsWith(".");
  }
}
