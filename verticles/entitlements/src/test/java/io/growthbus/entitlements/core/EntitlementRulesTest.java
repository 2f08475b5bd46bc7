package io.growthbus.entitlements.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.entitlements.core.EntitlementRules.Decision;
import io.growthbus.shared.config.Catalogue;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.config.GrowthConfig.Tier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EntitlementRulesTest {
  private static final long HOOK = Duration.ofDays(3).toMillis();
  private static final long DUNNING = Duration.ofDays(7).toMillis();
  private static final long END = 1_800_000_000_000L;
  private static final Entitlements CONFIG = config(HOOK, DUNNING);

  private static Entitlements config(long hookMs, long dunningMs) {
    return new Entitlements(
        Duration.ofMinutes(5),
        "free",
        Duration.ofMillis(hookMs),
        Duration.ofMillis(dunningMs),
        Duration.ofHours(24),
        List.of(tier("free"), tier("pro"), tier("enterprise")),
        List.of(),
        Catalogue.EMPTY);
  }

  private static Tier tier(String name) {
    return new Tier(name, Map.of(), List.of(), List.of());
  }

  private static Decision at(long nowMs, Facts... facts) {
    return at(CONFIG, nowMs, facts);
  }

  private static Decision at(Entitlements config, long nowMs, Facts... facts) {
    return EntitlementRules.decide(
        List.of(facts).stream().map(Facts::subscription).toList(), config, nowMs);
  }

  private static Decision granted(String reason, @Nullable Long expiresAt) {
    return new Decision("pro", reason, false, null, expiresAt);
  }

  private static Decision inGrace(String reason, long until) {
    return new Decision("pro", reason, true, until, until);
  }

  private static Decision fallback(String reason) {
    return new Decision("free", reason, false, null, null);
  }

  @Test
  void without_a_subscription_there_is_the_fallback_tier_for_no_reason() {
    assertThat(at(END)).isEqualTo(fallback("none"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"incomplete", "incomplete_expired", "unpaid", "paused"})
  void these_words_fall_back_at_once_whatever_the_period_says(String status) {
    assertThat(at(END - 1, Facts.of(status).periodEnd(END).trialEnd(END).endedAt(END)))
        .isEqualTo(fallback(status));
  }

  @Test
  void a_trial_holds_until_its_end_and_then_waits_for_the_renewal() {
    Facts trial = Facts.of("trialing").trialEnd(END).periodEnd(END + DUNNING);

    assertThat(at(END - 1, trial)).isEqualTo(granted("trial", END + HOOK));
    assertThat(at(END, trial)).isEqualTo(inGrace("renewal_pending", END + HOOK));
    assertThat(at(END + 1, trial)).isEqualTo(inGrace("renewal_pending", END + HOOK));
    assertThat(at(END + HOOK - 1, trial)).isEqualTo(inGrace("renewal_pending", END + HOOK));
    assertThat(at(END + HOOK, trial)).isEqualTo(fallback("trial_over"));
    assertThat(at(END + HOOK + 1, trial)).isEqualTo(fallback("trial_over"));
  }

  @Test
  void a_trial_without_an_end_of_its_own_ends_with_the_period() {
    Facts trial = Facts.of("trialing").periodEnd(END);

    assertThat(at(END - 1, trial)).isEqualTo(granted("trial", END + HOOK));
    assertThat(at(END + HOOK, trial)).isEqualTo(fallback("trial_over"));
  }

  @Test
  void a_trial_that_was_cancelled_ends_at_its_end_as_no_renewal_is_awaited() {
    Facts trial = Facts.of("trialing").trialEnd(END).periodEnd(END).cancels(true);

    assertThat(at(END - 1, trial)).isEqualTo(granted("trial", END));
    assertThat(at(END, trial)).isEqualTo(fallback("trial_over"));
    assertThat(at(END + 1, trial)).isEqualTo(fallback("trial_over"));
  }

  @Test
  void an_active_subscription_holds_until_its_period_ends_and_then_waits_for_the_renewal() {
    Facts active = Facts.of("active").periodEnd(END);

    assertThat(at(END - 1, active)).isEqualTo(granted("active", END + HOOK));
    assertThat(at(END, active)).isEqualTo(inGrace("renewal_pending", END + HOOK));
    assertThat(at(END + 1, active)).isEqualTo(inGrace("renewal_pending", END + HOOK));
    assertThat(at(END + HOOK - 1, active)).isEqualTo(inGrace("renewal_pending", END + HOOK));
    assertThat(at(END + HOOK, active)).isEqualTo(fallback("stale_subscription"));
    assertThat(at(END + HOOK + 1, active)).isEqualTo(fallback("stale_subscription"));
  }

  @Test
  void an_active_subscription_without_a_period_end_has_no_deadline() {
    assertThat(at(Long.MAX_VALUE - 1, Facts.of("active"))).isEqualTo(granted("active", null));
    assertThat(at(Long.MAX_VALUE - 1, Facts.of("active").cancels(true)))
        .isEqualTo(granted("until_period_end", null));
  }

  @Test
  void a_cancelled_subscription_holds_until_its_period_ends_without_grace() {
    Facts cancelling = Facts.of("active").periodEnd(END).cancels(true);

    assertThat(at(END - 1, cancelling)).isEqualTo(granted("until_period_end", END));
    assertThat(at(END, cancelling)).isEqualTo(fallback("canceled"));
    assertThat(at(END + 1, cancelling)).isEqualTo(fallback("canceled"));
  }

  @Test
  void an_overdue_subscription_holds_for_the_dunning_grace_since_the_payment_failed() {
    // The end of the period plays no part.
    Facts overdue = Facts.of("past_due").pastDueSince(END).periodEnd(END - DUNNING);

    assertThat(at(END, overdue)).isEqualTo(inGrace("grace", END + DUNNING));
    assertThat(at(END + DUNNING - 1, overdue)).isEqualTo(inGrace("grace", END + DUNNING));
    assertThat(at(END + DUNNING, overdue)).isEqualTo(fallback("grace_over"));
    assertThat(at(END + DUNNING + 1, overdue)).isEqualTo(fallback("grace_over"));
  }

  @Test
  void an_ended_subscription_holds_until_the_time_of_its_end_and_not_for_its_period() {
    Facts ended = Facts.of("canceled").endedAt(END).periodEnd(END + DUNNING);

    assertThat(at(END - 1, ended)).isEqualTo(granted("until_ended", END));
    assertThat(at(END, ended)).isEqualTo(fallback("canceled"));
    assertThat(at(END + 1, ended)).isEqualTo(fallback("canceled"));
  }

  @Test
  void an_ended_subscription_without_a_time_ends_at_once() {
    assertThat(at(END - 1, Facts.of("canceled").periodEnd(END))).isEqualTo(fallback("canceled"));
  }

  @Test
  void an_unknown_word_keeps_the_former_result_for_the_webhook_grace() {
    Facts odd = Facts.of("active").unknownSince(END);

    assertThat(at(END, odd)).isEqualTo(inGrace("unknown_status", END + HOOK));
    assertThat(at(END + HOOK - 1, odd)).isEqualTo(inGrace("unknown_status", END + HOOK));
    assertThat(at(END + HOOK, odd)).isEqualTo(fallback("unknown_status"));
    assertThat(at(END + HOOK + 1, odd)).isEqualTo(fallback("unknown_status"));
  }

  @Test
  void an_unknown_word_does_not_outlive_the_deadline_of_the_former_result() {
    Facts odd = Facts.of("active").periodEnd(END + 10).cancels(true).unknownSince(END);

    assertThat(at(END + 9, odd)).isEqualTo(inGrace("unknown_status", END + 10));
    assertThat(at(END + 10, odd)).isEqualTo(fallback("unknown_status"));
  }

  @Test
  void an_unknown_word_grants_nothing_that_was_not_granted_before() {
    assertThat(at(END, Facts.of("unpaid").unknownSince(END))).isEqualTo(fallback("unknown_status"));
  }

  @Test
  void with_the_graces_turned_off_a_deadline_is_the_end() {
    Entitlements strict = config(0, 0);

    assertThat(at(strict, END - 1, Facts.of("active").periodEnd(END)))
        .isEqualTo(granted("active", END));
    assertThat(at(strict, END, Facts.of("active").periodEnd(END)))
        .isEqualTo(fallback("stale_subscription"));
    assertThat(at(strict, END, Facts.of("past_due").pastDueSince(END)))
        .isEqualTo(fallback("grace_over"));
    assertThat(at(strict, END, Facts.of("active").unknownSince(END)))
        .isEqualTo(fallback("unknown_status"));
  }

  @Test
  void the_highest_live_tier_wins_even_in_grace() {
    Facts pro = Facts.of("active").periodEnd(END + 1);
    Facts enterprise = Facts.of("past_due").pastDueSince(END).id("sub_2").tier("enterprise");

    assertThat(at(END, pro, enterprise).tier()).isEqualTo("enterprise");
    assertThat(at(END + DUNNING - HOOK - 1, pro, enterprise).tier()).isEqualTo("enterprise");
  }

  @Test
  void the_end_of_an_old_subscription_does_not_remove_a_new_one() {
    Facts old = Facts.of("canceled").endedAt(END - 1).lastEvent(END);
    Facts young = Facts.of("active").periodEnd(END + 1).id("sub_2").lastEvent(END - 1);

    assertThat(at(END, old, young)).isEqualTo(granted("active", END + 1 + HOOK));
  }

  @Test
  void an_incomplete_new_subscription_leaves_the_old_one_untouched() {
    Facts active = Facts.of("active").periodEnd(END + 1);
    Facts attempt = Facts.of("incomplete").tier("enterprise").id("sub_2").lastEvent(END);

    assertThat(at(END, active, attempt)).isEqualTo(granted("active", END + 1 + HOOK));
  }

  @Test
  void of_two_alike_the_one_that_lasts_longer_counts() {
    Facts shorter = Facts.of("active").periodEnd(END + 1);
    Facts longer = Facts.of("active").periodEnd(END + 2).id("sub_0");

    assertThat(at(END, shorter, longer)).isEqualTo(granted("active", END + 2 + HOOK));
  }

  @Test
  void without_a_live_one_the_reason_is_that_of_the_latest_news() {
    Facts old = Facts.of("canceled").endedAt(END - 9).lastEvent(END - 9);
    Facts young = Facts.of("unpaid").id("sub_0").lastEvent(END - 1);

    assertThat(at(END, old, young)).isEqualTo(fallback("unpaid"));
    assertThat(at(END, young, old)).isEqualTo(fallback("unpaid"));
  }

  @Test
  void a_tier_that_the_configuration_does_not_know_is_not_granted() {
    assertThat(at(END, Facts.of("active").tier("gold"))).isEqualTo(fallback("unknown_tier"));
    assertThat(at(END, Facts.of("active").tier(null))).isEqualTo(fallback("unknown_tier"));
  }

  @Property(tries = 500)
  void the_order_of_subscriptions_never_matters(
      @ForAll("subscriptions") List<Subscription> subscriptions,
      @ForAll @LongRange(min = -2, max = 2) long offset) {
    List<Subscription> reversed = new ArrayList<>(subscriptions);
    Collections.reverse(reversed);

    assertThat(EntitlementRules.decide(reversed, CONFIG, END + offset))
        .isEqualTo(EntitlementRules.decide(subscriptions, CONFIG, END + offset));
  }

  @Property(tries = 500)
  void what_is_granted_ends_exactly_at_the_time_that_was_given(
      @ForAll("subscriptions") List<Subscription> subscriptions) {
    Decision decision = EntitlementRules.decide(subscriptions.subList(0, 1), CONFIG, END);
    Long end = decision.expiresAtMs();
    if (end == null) {
      assertThat(decision.tier().equals("free") || subscriptions.get(0).periodEndMs() == null)
          .isTrue();
      return;
    }
    assertThat(EntitlementRules.decide(subscriptions.subList(0, 1), CONFIG, end - 1).tier())
        .isEqualTo(decision.tier());
    assertThat(EntitlementRules.decide(subscriptions.subList(0, 1), CONFIG, end))
        .matches(later -> later.tier().equals("free") && later.expiresAtMs() == null);
  }

  @Provide
  Arbitrary<List<Subscription>> subscriptions() {
    Arbitrary<Long> around = Arbitraries.longs().between(END - 2, END + 2);
    return Combinators.combine(
            Arbitraries.of("incomplete", "trialing", "active", "past_due", "canceled", "unpaid"),
            Arbitraries.of("pro", "enterprise", "gold"),
            around.injectNull(0.3),
            around.injectNull(0.3),
            around.injectNull(0.5),
            Arbitraries.of(true, false),
            around)
        .as(
            (status, tier, periodEnd, trialEnd, endedAt, cancels, last) ->
                Facts.of(status)
                    .tier(tier)
                    .periodEnd(periodEnd)
                    .trialEnd(trialEnd)
                    .endedAt(endedAt)
                    .cancels(cancels)
                    .lastEvent(last))
        .list()
        .ofMinSize(1)
        .ofMaxSize(5)
        .map(
            facts ->
                IntStream.range(0, facts.size())
                    .mapToObj(i -> facts.get(i).id("sub_" + i).subscription())
                    .toList());
  }
}
