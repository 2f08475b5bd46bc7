package io.growthbus.shared.config;

import io.growthbus.shared.config.Catalogue.LimitRule;
import io.growthbus.shared.config.Catalogue.OutagePosture;
import io.growthbus.shared.config.Catalogue.Price;
import io.growthbus.shared.config.GrowthConfig.MeterPeriod;
import io.growthbus.shared.config.GrowthConfig.Tier;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads tiers and the catalogue beside them. */
final class CatalogueReader {
  private static final Pattern CURRENCY = Pattern.compile("[A-Z]{3}");
  private static final List<String> POSTURES = List.of("allow", "deny", "paying");
  private static final List<String> INTERVALS = List.of("day", "week", "month", "year", "once");
  private static final int MOST_PRICES = 20;

  private CatalogueReader() {}

  /** A tier that has no name yet, and what it costs. */
  private record PricedTier(Tier tier, List<Price> prices) {}

  /**
   * Reads the tiers.
   *
   * @param prices gets what they cost
   * @return lowest first
   */
  static List<Tier> tiers(JsonCursor at, Map<String, List<Price>> prices) {
    List<Tier> tiers = new ArrayList<>();
    at.entries("tiers", CatalogueReader::tier)
        .forEach(
            (name, read) -> {
              Tier tier = read.tier();
              tiers.add(new Tier(name, tier.limits(), tier.unlimited(), tier.features()));
              if (!read.prices().isEmpty()) {
                prices.put(name, read.prices());
              }
            });
    return List.copyOf(tiers);
  }

  /** Reads what stands beside the tiers. */
  static Catalogue catalogue(JsonCursor at, Map<String, List<Price>> prices) {
    Map<String, OutagePosture> features = new LinkedHashMap<>();
    at.entries("features", CatalogueReader::posture).forEach(features::put);
    return new Catalogue(features, at.entries("limits", CatalogueReader::limit), prices);
  }

  private static PricedTier tier(JsonCursor at) {
    List<String> unlimited = new ArrayList<>();
    Map<String, Long> limits = at.limits("limits", unlimited);
    List<Price> prices = at.objects("prices", CatalogueReader::price);
    if (prices.size() > MOST_PRICES) {
      at.error("prices", "must hold at most " + MOST_PRICES + " prices");
    }
    return new PricedTier(
        new Tier("", limits, List.copyOf(unlimited), at.texts("features")), List.copyOf(prices));
  }

  private static Price price(JsonCursor at) {
    String currency = at.text("currency", null);
    if (!currency.isEmpty() && !CURRENCY.matcher(currency).matches()) {
      at.error("currency", "must be three letters of ISO 4217 such as EUR");
    }
    return new Price(
        at.number("amount", null, 0, 1_000_000_000_000L),
        currency,
        at.choice("interval", "month", INTERVALS));
  }

  private static OutagePosture posture(JsonCursor at) {
    return OutagePosture.valueOf(
        at.choice("on_outage", "paying", POSTURES).toUpperCase(Locale.ROOT));
  }

  private static LimitRule limit(JsonCursor at) {
    Optional<MeterPeriod> period = MeterPeriod.parse(at.text("period", "lifetime"));
    if (period.isEmpty()) {
      at.error("period", "must be lifetime, month, or days from 1d to 366d");
    }
    return new LimitRule(
        posture(at),
        period.orElse(MeterPeriod.LIFETIME),
        at.choice("mode", "hard", List.of("hard", "soft")).equals("soft"));
  }
}
