package io.growthbus.shared.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.config.Catalogue.LimitRule;
import io.growthbus.shared.config.Catalogue.OutagePosture;
import io.growthbus.shared.config.Catalogue.Price;
import io.growthbus.shared.config.GrowthConfig.MeterPeriod;
import io.growthbus.shared.settings.Problems;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CatalogueReaderTest {
  private final Problems problems = new Problems();

  private Catalogue read(String entitlements) {
    return GrowthConfigReader.read("{\"entitlements\":" + entitlements + "}", problems)
        .entitlements()
        .catalogue();
  }

  @Test
  void postures_periods_modes_and_prices_are_read() {
    Catalogue catalogue =
        read(
            """
            {"features": {"sso": {"on_outage": "deny"}},
             "limits": {"exports": {"period": "7d", "mode": "soft", "on_outage": "allow"}, "seats": {}},
             "tiers": {"pro": {"limits": {"exports": 5, "seats": "unlimited"}, "features": ["sso"],
               "prices": [{"amount": 1900, "currency": "EUR", "interval": "year"}, {"amount": 0, "currency": "USD"}]}},
             "fallback_tier": "pro"}
            """);

    assertThat(problems.errors()).isEmpty();
    assertThat(catalogue.posture("sso")).isEqualTo(OutagePosture.DENY);
    assertThat(catalogue.limit("exports"))
        .isEqualTo(new LimitRule(OutagePosture.ALLOW, new MeterPeriod(7), true));
    assertThat(catalogue.limit("seats")).isEqualTo(LimitRule.USUAL);
    assertThat(catalogue.prices())
        .isEqualTo(
            Map.of("pro", List.of(new Price(1_900, "EUR", "year"), new Price(0, "USD", "month"))));
  }

  @Test
  void what_is_not_declared_is_open_to_payers_for_ever_and_hard() {
    assertThat(read("{}").posture("any")).isEqualTo(OutagePosture.PAYING);
    assertThat(read("{}").limit("any"))
        .isEqualTo(new LimitRule(OutagePosture.PAYING, MeterPeriod.LIFETIME, false));
  }

  @Test
  void every_value_that_cannot_be_is_named_by_its_place() {
    Catalogue ignored =
        read(
            """
            {"features": {"sso": {"on_outage": "open"}},
             "limits": {"exports": {"period": "0d", "mode": "firm"}, "seats": 3},
             "tiers": {"free": {"limits": {"exports": 5, "seats": 1}, "features": ["sso"],
               "prices": [{"amount": -1, "currency": "euro", "interval": "decade", "colour": 1}]}}}
            """);

    assertThat(ignored.prices()).hasSize(1);
    assertThat(problems.errors())
        .extracting(error -> error.substring(0, error.indexOf(": ")))
        .containsExactlyInAnyOrder(
            "growth.json /entitlements/tiers/free/prices/0/amount",
            "growth.json /entitlements/tiers/free/prices/0/currency",
            "growth.json /entitlements/tiers/free/prices/0/interval",
            "growth.json /entitlements/tiers/free/prices/0/colour",
            "growth.json /entitlements/features/sso/on_outage",
            "growth.json /entitlements/limits/exports/period",
            "growth.json /entitlements/limits/exports/mode",
            "growth.json /entitlements/limits/seats");
  }

  @Test
  void names_that_no_tier_has_and_periods_beside_a_meter_are_refused() {
    GrowthConfig ignored =
        GrowthConfigReader.read(
            """
            {"entitlements": {
               "features": {"ssso": {"on_outage": "deny"}},
               "limits": {"exportz": {}, "api_calls": {"period": "month"}},
               "tiers": {"free": {"limits": {"exports": 5, "api_calls": 1}, "features": ["sso"]}}},
             "meters": [{"key": "api_calls", "event": "api_call"}]}
            """,
            problems);

    assertThat(ignored.meters()).hasSize(1);
    assertThat(problems.errors())
        .containsExactly(
            "growth.json /entitlements/features: names the feature \"ssso\", which does not exist; did you mean \"sso\"?",
            "growth.json /entitlements/limits/api_calls/period: belongs to the meter of that name, which counts this limit; write it there",
            "growth.json /entitlements/limits: names the limit \"exportz\", which does not exist; did you mean \"exports\"?");
  }
}
