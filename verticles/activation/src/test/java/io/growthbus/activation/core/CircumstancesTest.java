package io.growthbus.activation.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.activation.core.Circumstances.Answer;
import io.growthbus.shared.config.GrowthConfig.Rearm;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.config.Threshold;
import io.growthbus.shared.message.UserConsent;
import io.growthbus.shared.message.UserConsent.Said;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CircumstancesTest {
  private static Rule rule(String key, double holdout) {
    return new Rule(
        key,
        "m",
        List.of(new Threshold.Count(1)),
        Rearm.PERIOD,
        0,
        null,
        null,
        holdout,
        Duration.ofDays(1),
        "",
        "",
        "",
        "/",
        0,
        Duration.ofDays(7));
  }

  @ParameterizedTest
  @CsvSource({
    "false,UNKNOWN,,UNKNOWN,UNKNOWN,true,RULE_UNKNOWN",
    "true,UNKNOWN,NO,NO,NO,true,ENTITLEMENT_UNKNOWN",
    "true,ON_PAID_TIER,,NO,NO,true,ON_PAID_TIER",
    "true,ON_PAID_TIER,NO,NO,NO,true,AUDIENCE_NOT_MATCHED",
    "true,ELIGIBLE,UNKNOWN,NO,NO,true,AUDIENCE_UNKNOWN",
    "true,ELIGIBLE,YES,NO,NO,true,CONSENT_DENIED",
    "true,ELIGIBLE,,UNKNOWN,NO,true,CONSENT_UNKNOWN",
    "true,ELIGIBLE,,YES,NO,true,FLAG_OFF",
    "true,ELIGIBLE,,YES,UNKNOWN,true,FLAG_UNKNOWN",
    "true,ELIGIBLE,,YES,YES,true,HOLDOUT",
    "true,ELIGIBLE,,YES,YES,false,",
    "true,ON_PAID_TIER,YES,YES,YES,false,"
  })
  void the_first_of_the_reasons_is_the_one(
      boolean ruleKnown,
      Eligibility tier,
      @Nullable Answer audience,
      Answer consent,
      Answer flag,
      boolean heldOut,
      @Nullable Suppression expected) {
    assertThat(
            new Circumstances(
                    ruleKnown, tier, Optional.ofNullable(audience), consent, flag, heldOut)
                .suppression())
        .isEqualTo(Optional.ofNullable(expected));
  }

  @ParameterizedTest
  @CsvSource({
    ",,false,true",
    ",,true,false",
    "DENIED,GRANTED,false,false",
    "GRANTED,DENIED,true,true",
    ",DENIED,false,false",
    ",GRANTED,true,true",
    "PENDING,GRANTED,false,true",
    "PENDING,GRANTED,true,false"
  })
  void consent_to_the_purpose_decides_and_without_it_the_strictest_of_all(
      @Nullable Said marketing, @Nullable Said analytics, boolean required, boolean permitted) {
    Map<String, Said> said = new HashMap<>();
    if (marketing != null) {
      said.put("marketing", marketing);
    }
    if (analytics != null) {
      said.put("analytics", analytics);
    }

    assertThat(PromptConsent.permits(new UserConsent(said), "marketing", required))
        .isEqualTo(permitted);
  }

  @Test
  void a_holdout_keeps_its_share_stays_the_same_and_differs_from_rule_to_rule() {
    List<String> users = IntStream.range(0, 20_000).mapToObj(i -> "user" + i).toList();
    List<String> held = users.stream().filter(u -> RuleHoldout.holds(rule("a", 10), u)).toList();
    long both = held.stream().filter(u -> RuleHoldout.holds(rule("b", 10), u)).count();

    assertThat(held.size()).isBetween(1_800, 2_200);
    assertThat(both).isBetween(130L, 270L);
    assertThat(held).allMatch(u -> RuleHoldout.holds(rule("a", 20), u));
    assertThat(users).noneMatch(u -> RuleHoldout.holds(rule("a", 0), u));
    assertThat(users).allMatch(u -> RuleHoldout.holds(rule("a", 100), u));
  }
}
