package io.growthbus.entitlements.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.entitlements.core.EntitlementRules.Decision;
import io.growthbus.entitlements.core.EntitlementRules.Paid;
import io.growthbus.entitlements.core.Overrides.Effective;
import io.growthbus.entitlements.core.Overrides.Said;
import io.growthbus.shared.config.EntitlementOverride;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.settings.Problems;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OverridesTest {
  private static final long END = 1_800_000_000_000L;
  private static final Entitlements CONFIG =
      GrowthConfigReader.read(
              """
              {"entitlements": {"tiers": {
                "free": {"limits": {"seats": 1, "exports": 3}},
                "pro": {"limits": {"seats": 5, "exports": 50}, "features": ["sso"]},
                "enterprise": {"limits": {"seats": "unlimited"}, "features": ["sso", "audit"]}}}}
              """,
              new Problems())
          .entitlements();
  private static final Decision FREE = new Decision("free", "none", false, null, null);
  private static final Decision PAID = new Decision("pro", "active", false, null, END);
  private static final Decision IN_GRACE = new Decision("pro", "grace", true, END, END);

  private static EntitlementOverride tier(
      @Nullable String tier, @Nullable Long end, boolean trial) {
    return new EntitlementOverride(tier, Map.of(), List.of(), Map.of(), end, trial, null);
  }

  private static EntitlementOverride details(
      Map<String, Long> limits, List<String> unlimited, Map<String, Boolean> features) {
    return new EntitlementOverride(null, limits, unlimited, features, null, false, null);
  }

  private static Said own(EntitlementOverride own) {
    return new Said(own, List.of(), List.of());
  }

  private static Said accounts(EntitlementOverride... accounts) {
    return new Said(null, List.of(accounts), List.of());
  }

  private static Decision decide(Decision billed, Said said, long nowMs) {
    return Overrides.decide(billed, Set.of(), said, CONFIG, nowMs).decision();
  }

  @Test
  void with_nothing_said_the_tier_of_billing_and_what_it_allows_stay() {
    assertThat(Overrides.decide(PAID, Set.of(), Said.NOTHING, CONFIG, END))
        .isEqualTo(
            new Effective(PAID, Map.of("seats", 5L, "exports", 50L), List.of(), List.of("sso")));
  }

  @Test
  void an_override_replaces_what_billing_says_until_the_instant_of_its_end() {
    Said said = own(tier("enterprise", END, false));
    Decision over = new Decision("enterprise", "override", false, null, END);

    assertThat(decide(PAID, said, END - 1)).isEqualTo(over);
    assertThat(decide(PAID, said, END)).isEqualTo(PAID);
    assertThat(decide(PAID, said, END + 1)).isEqualTo(PAID);
  }

  @Test
  void an_override_replaces_to_the_worse_too_and_without_an_end_for_ever() {
    assertThat(decide(PAID, own(tier("free", null, false)), END))
        .isEqualTo(new Decision("free", "override", false, null, null));
  }

  @Test
  void a_trial_gives_until_the_instant_of_its_end_and_is_never_less_than_what_is_paid_for() {
    Said trial = own(tier("pro", END, true));

    assertThat(decide(FREE, trial, END - 1))
        .isEqualTo(new Decision("pro", "trial", false, null, END));
    assertThat(decide(FREE, trial, END)).isEqualTo(FREE);
    assertThat(decide(new Decision("enterprise", "active", false, null, null), trial, END - 1))
        .extracting(Decision::tier, Decision::reason)
        .containsExactly("enterprise", "active");
    assertThat(decide(PAID, trial, END - 1)).isEqualTo(PAID);
  }

  @Test
  void of_user_and_accounts_the_best_tier_counts() {
    EntitlementOverride pro = tier("pro", null, false);
    EntitlementOverride enterprise = tier("enterprise", END, true);

    assertThat(decide(FREE, accounts(pro), 0))
        .isEqualTo(new Decision("pro", "account", false, null, null));
    assertThat(decide(FREE, accounts(pro, enterprise), END - 1))
        .isEqualTo(new Decision("enterprise", "account_trial", false, null, END));
    assertThat(decide(FREE, accounts(pro, enterprise), END))
        .isEqualTo(new Decision("pro", "account", false, null, null));
    assertThat(decide(PAID, accounts(tier("free", null, false)), 0)).isEqualTo(PAID);
  }

  @Test
  void what_is_paid_for_stays_whatever_is_given_beside_it() {
    Terms more = new Terms(Map.of("seats", 500L), List.of(), List.of("sso", "audit"));
    Decision paid = new Decision("pro", "active", false, null, END, more, List.of());
    Said trial =
        own(
            new EntitlementOverride(
                "pro", Map.of("seats", 50L), List.of(), Map.of("sso", false), null, true, null));
    Decision plain =
        new Decision("pro", "active", false, null, END, Terms.NONE, List.of(new Paid("pro", more)));

    for (Effective effective :
        List.of(
            Overrides.decide(paid, Set.of(), accounts(tier("pro", null, false)), CONFIG, 0),
            Overrides.decide(paid, Set.of(), trial, CONFIG, 0),
            Overrides.decide(plain, Set.of(), Said.NOTHING, CONFIG, 0))) {
      assertThat(effective.limits()).containsEntry("seats", 500L).containsEntry("exports", 50L);
      assertThat(effective.features()).contains("sso", "audit");
    }
    assertThat(Overrides.decide(paid, Set.of(), own(tier("free", null, false)), CONFIG, 0).limits())
        .as("an operator may take it away")
        .containsEntry("seats", 1L);
  }

  @Test
  void an_account_that_lasts_takes_the_user_out_of_grace() {
    assertThat(decide(IN_GRACE, accounts(tier("pro", null, false)), 0))
        .isEqualTo(new Decision("pro", "account", false, null, null));
  }

  @Test
  void the_users_own_override_replaces_what_accounts_give() {
    Said said =
        new Said(tier("free", null, false), List.of(tier("pro", null, false)), List.of("acme"));

    assertThat(decide(PAID, said, 0).tier()).isEqualTo("free");
  }

  @Test
  void a_tier_that_is_not_known_is_not_granted() {
    assertThat(decide(PAID, own(tier("gone", null, false)), 0)).isEqualTo(PAID);
    assertThat(decide(PAID, accounts(tier("gone", null, false)), 0)).isEqualTo(PAID);
  }

  @Test
  void the_users_own_limits_and_features_replace_and_those_of_accounts_add() {
    EntitlementOverride account =
        details(
            Map.of("seats", 2L, "exports", 70L), List.of(), Map.of("audit", true, "sso", false));
    EntitlementOverride own =
        details(Map.of("exports", 1L), List.of("seats"), Map.of("sso", false, "audit", true));

    assertThat(Overrides.decide(PAID, Set.of(), accounts(account), CONFIG, 0))
        .isEqualTo(
            new Effective(
                PAID, Map.of("seats", 5L, "exports", 70L), List.of(), List.of("sso", "audit")));
    assertThat(
            Overrides.decide(PAID, Set.of(), new Said(own, List.of(account), List.of()), CONFIG, 0))
        .isEqualTo(new Effective(PAID, Map.of("exports", 1L), List.of("seats"), List.of("audit")));
  }

  @Test
  void what_is_unlimited_stays_so_whatever_an_account_says_and_a_number_of_ones_own_ends_it() {
    Decision enterprise = new Decision("enterprise", "active", false, null, null);
    EntitlementOverride number = details(Map.of("seats", 9L), List.of(), Map.of());

    assertThat(Overrides.decide(enterprise, Set.of(), accounts(number), CONFIG, 0).unlimited())
        .containsExactly("seats");
    Effective own = Overrides.decide(enterprise, Set.of(), own(number), CONFIG, 0);
    assertThat(own.unlimited()).isEmpty();
    assertThat(own.limits()).containsExactly(Map.entry("seats", 9L));
  }

  @Provide
  Arbitrary<EntitlementOverride> given() {
    return Combinators.combine(
            Arbitraries.of("free", "pro", "enterprise", "gone").injectNull(0.2),
            Arbitraries.of(END - 1, END, END + 1).injectNull(0.3),
            Arbitraries.of(true, false))
        .as(OverridesTest::tier);
  }

  @Property
  void whatever_is_given_nobody_falls_below_what_is_paid_for(
      @ForAll("given") EntitlementOverride first,
      @ForAll("given") EntitlementOverride second,
      @ForAll("given") EntitlementOverride own) {
    EntitlementOverride trial = tier(own.tier(), own.expiresAtMs(), true);
    Said said = new Said(trial, List.of(first, second), List.of());
    Said turned = new Said(trial, List.of(second, first), List.of());
    for (Decision billed : List.of(FREE, PAID, IN_GRACE)) {
      Decision decided = decide(billed, said, END);
      assertThat(CONFIG.rank(decided.tier())).isGreaterThanOrEqualTo(CONFIG.rank(billed.tier()));
      assertThat(decide(billed, turned, END).tier()).isEqualTo(decided.tier());
      assertThat(decided.expiresAtMs() == null || decided.expiresAtMs() >= END).isTrue();
    }
  }
}
