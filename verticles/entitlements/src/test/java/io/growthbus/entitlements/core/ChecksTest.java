package io.growthbus.entitlements.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.entitlements.core.Checks.Usage;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import io.growthbus.shared.message.EntitlementVerdict;
import io.growthbus.shared.message.EntitlementVerdict.Unlock;
import io.growthbus.shared.settings.Problems;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ChecksTest {
  private static final Entitlements CONFIG =
      GrowthConfigReader.read(
              """
              {"entitlements": {
                "features": {"audit": {"on_outage": "deny"}, "help": {"on_outage": "allow"}},
                "limits": {"emails": {"mode": "soft", "on_outage": "allow"}, "keys": {"on_outage": "deny"}},
                "tiers": {
                  "free": {"limits": {"exports": 3, "emails": 2, "keys": 1}, "features": ["help"]},
                  "pro": {"limits": {"exports": 50, "emails": 20, "keys": 2}, "features": ["help", "sso"]},
                  "team": {"limits": {"exports": 500, "seats": 9}, "features": ["sso"]},
                  "enterprise": {"limits": {"exports": "unlimited", "keys": 9}, "features": ["sso", "audit"]}}}}
              """,
              new Problems())
          .entitlements();

  private static Entitlement entitlement(String tier, State state) {
    var definition = CONFIG.tier(tier).orElseThrow();
    return new Entitlement(
        "u1",
        tier,
        definition.limits(),
        definition.unlimited(),
        definition.features(),
        1,
        state,
        "active",
        null,
        null,
        1);
  }

  private static EntitlementVerdict limit(
      String tier, String name, long amount, @Nullable String used) {
    Usage usage = used == null ? null : new Usage(new BigDecimal(used), 9L);
    return Checks.limit(name, amount, usage, entitlement(tier, State.FRESH), CONFIG);
  }

  private static EntitlementVerdict feature(String tier, State state, String key) {
    return Checks.feature(key, entitlement(tier, state), CONFIG);
  }

  @Test
  void what_fits_is_allowed_with_what_remains_and_when_it_begins_anew() {
    assertThat(limit("free", "exports", 1, "2"))
        .isEqualTo(
            new EntitlementVerdict(
                "u1",
                true,
                3L,
                new BigDecimal("2"),
                BigDecimal.ONE,
                9L,
                false,
                State.FRESH,
                "within_limit",
                null));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 2, true",
    "2, 1, true",
    "1, 2.5, false",
    "0, 3, true",
    "2, 2, false",
    "1, -5, true",
    "0, 3.000000001, false"
  })
  void the_amount_must_fit_beside_what_is_used(long amount, String used, boolean allowed) {
    assertThat(limit("free", "exports", amount, used).allowed()).isEqualTo(allowed);
  }

  @Test
  void a_denied_answer_names_the_lowest_higher_tier_that_would_do() {
    assertThat(limit("free", "exports", 1, "3").unlock()).isEqualTo(new Unlock("pro", 50L));
    assertThat(limit("free", "exports", 1, "50").unlock()).isEqualTo(new Unlock("team", 500L));
    assertThat(limit("free", "exports", 600, "0").unlock())
        .isEqualTo(new Unlock("enterprise", null));
    assertThat(limit("enterprise", "keys", 1, "9").unlock()).isNull();
    assertThat(feature("free", State.FRESH, "sso").unlock()).isEqualTo(new Unlock("pro", null));
    assertThat(limit("team", "keys", 1, null).unlock()).isEqualTo(new Unlock("enterprise", 9L));
  }

  @Test
  void what_the_tier_does_not_name_is_not_included() {
    EntitlementVerdict verdict = limit("free", "seats", 1, null);

    assertThat(verdict.allowed()).isFalse();
    assertThat(verdict.reason()).isEqualTo("not_included");
    assertThat(verdict.unlock()).isEqualTo(new Unlock("team", 9L));
  }

  @Test
  void what_is_unlimited_needs_no_usage() {
    Entitlement unlimited = entitlement("enterprise", State.FRESH);

    assertThat(Checks.needsUsage("exports", unlimited)).isFalse();
    assertThat(Checks.needsUsage("keys", unlimited)).isTrue();
    assertThat(limit("enterprise", "exports", 1_000_000, null))
        .extracting(
            EntitlementVerdict::allowed, EntitlementVerdict::reason, EntitlementVerdict::remaining)
        .containsExactly(true, "unlimited", null);
  }

  @Test
  void beyond_a_soft_limit_it_is_allowed_and_marked_and_nothing_is_offered() {
    EntitlementVerdict over = limit("free", "emails", 1, "2");

    assertThat(over.allowed()).isTrue();
    assertThat(over.overLimit()).isTrue();
    assertThat(over.reason()).isEqualTo("over_soft_limit");
    assertThat(over.remaining()).isEqualTo(BigDecimal.ZERO);
    assertThat(over.unlock()).isNull();
    assertThat(limit("free", "emails", 1, "1").overLimit()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "free, exports, false",
    "pro, exports, true",
    "free, emails, true",
    "pro, emails, true",
    "free, keys, false",
    "pro, keys, false"
  })
  void while_usage_cannot_be_read_the_posture_of_the_limit_decides_and_nothing_is_offered(
      String tier, String name, boolean allowed) {
    EntitlementVerdict verdict = limit(tier, name, 1, null);

    assertThat(verdict.allowed()).isEqualTo(allowed);
    assertThat(verdict.reason()).isEqualTo(allowed ? "outage_open" : "outage_closed");
    assertThat(verdict.unlock()).isNull();
    assertThat(verdict.used()).isNull();
  }

  @Test
  void a_guess_denies_nobody_who_may_be_paying_unless_that_is_declared() {
    assertThat(feature("free", State.FALLBACK, "sso").reason()).isEqualTo("outage_open");
    assertThat(feature("free", State.FALLBACK, "help").allowed()).isTrue();
    assertThat(feature("free", State.FALLBACK, "audit").reason()).isEqualTo("outage_closed");
    assertThat(feature("free", State.FALLBACK, "audit").unlock()).isNull();
    Entitlement guess = entitlement("free", State.FALLBACK);
    assertThat(Checks.needsUsage("exports", guess)).isFalse();
    assertThat(Checks.limit("exports", 99, null, guess, CONFIG).allowed()).isTrue();
    assertThat(Checks.limit("keys", 1, null, guess, CONFIG).allowed()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = State.class,
      names = {"FRESH", "STALE", "GRACE"})
  void a_known_tier_decides_about_features_whatever_is_down(State state) {
    assertThat(feature("pro", state, "sso"))
        .extracting(EntitlementVerdict::allowed, EntitlementVerdict::state)
        .containsExactly(true, state);
    assertThat(feature("pro", state, "audit").reason()).isEqualTo("not_included");
  }

  @Test
  void names_are_those_of_any_tier_or_of_this_user() {
    Entitlement free = entitlement("free", State.FRESH);

    assertThat(Checks.isLimit("seats", free, CONFIG)).isTrue();
    assertThat(Checks.isLimit("sso", free, CONFIG)).isFalse();
    assertThat(Checks.isFeature("audit", free, CONFIG)).isTrue();
    assertThat(Checks.isFeature("exports", free, CONFIG)).isFalse();
  }
}
