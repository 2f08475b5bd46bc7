package io.growthbus.shared.config;

import io.growthbus.shared.config.GrowthConfig.EventContract;
import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.config.GrowthConfig.MeterPeriod;
import io.growthbus.shared.config.GrowthConfig.MeterSubject;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.config.GrowthConfig.Tier;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.flags.Targeting.Holdout;
import io.growthbus.shared.flags.Targeting.Segment;
import io.growthbus.shared.settings.Problems;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Checks what one part of the growth configuration says about another. */
final class GrowthConfigCheck {
  private GrowthConfigCheck() {}

  static void references(GrowthConfig config, Problems problems) {
    unique(config, problems);
    Set<String> tiers = new LinkedHashSet<>();
    config.entitlements().tiers().forEach(tier -> tiers.add(tier.name()));
    known(
        "/entitlements/fallback_tier",
        config.entitlements().fallbackTier(),
        "tier",
        tiers,
        problems);
    for (int i = 0; i < config.entitlements().plans().size(); i++) {
      String tier = config.entitlements().plans().get(i).tier();
      known("/entitlements/plans/" + i + "/tier", tier, "tier", tiers, problems);
    }
    Set<String> meters = new LinkedHashSet<>();
    config.meters().forEach(meter -> meters.add(meter.key()));
    List<Rule> rules = config.activation().rules();
    FactReferences.Known facts = FactReferences.Known.of(config, Set.of());
    for (int i = 0; i < rules.size(); i++) {
      String place = "growth.json /activation/rules/" + i;
      RuleReferences.check(rules.get(i), config.flags(), facts)
          .forEach(found -> problems.error(place + found.pointer(), found.what()));
    }
    if (config.meters().size() > MeterReader.MOST_METERS) {
      problems.error(
          "growth.json /meters", "must hold at most " + MeterReader.MOST_METERS + " meters");
    }
    catalogue(config, meters, problems);
    doubtfulMeters(config, problems);
    doubtfulRules(config, problems);
    FlagReferences.check("growth.json ", config.flags(), facts, problems);
  }

  private static void unique(GrowthConfig config, Problems problems) {
    unique(
        "growth.json /telemetry/events",
        config.telemetry().events().stream().map(EventContract::name).toList(),
        problems);
    uniqueFlags("growth.json ", config.flags(), problems);
    unique("growth.json /meters", config.meters().stream().map(Meter::key).toList(), problems);
    unique(
        "growth.json /activation/rules",
        config.activation().rules().stream().map(Rule::key).toList(),
        problems);
    unique(
        "growth.json /entitlements/tiers",
        config.entitlements().tiers().stream().map(Tier::name).toList(),
        problems);
  }

  /**
   * Notes definitions of flags whose key stands twice.
   *
   * @param document what stands before the pointer of a problem
   */
  static void uniqueFlags(String document, Flags flags, Problems problems) {
    unique(
        document + "/flags/definitions",
        flags.definitions().stream().map(FlagDefinition::key).toList(),
        problems);
    unique(
        document + "/flags/segments",
        flags.segments().stream().map(Segment::key).toList(),
        problems);
    unique(
        document + "/flags/holdouts",
        flags.holdouts().stream().map(Holdout::key).toList(),
        problems);
  }

  private static void unique(String where, List<String> keys, Problems problems) {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < keys.size(); i++) {
      if (!seen.add(keys.get(i))) {
        problems.error(where + "/" + i, "repeats \"" + keys.get(i) + "\"; each may appear once");
      }
    }
  }

  private static void known(
      String pointer, String name, String kind, Set<String> known, Problems problems) {
    if (!name.isEmpty() && !known.contains(name)) {
      problems.error(
          "growth.json " + pointer,
          "names the "
              + kind
              + " \""
              + name
              + "\", which does not exist"
              + Problems.didYouMean(name, known));
    }
  }

  private static void catalogue(GrowthConfig config, Set<String> meters, Problems problems) {
    Set<String> features = new LinkedHashSet<>();
    Set<String> limits = new LinkedHashSet<>();
    for (Tier tier : config.entitlements().tiers()) {
      features.addAll(tier.features());
      limits.addAll(tier.limits().keySet());
      limits.addAll(tier.unlimited());
    }
    Catalogue catalogue = config.entitlements().catalogue();
    for (String feature : new TreeSet<>(catalogue.features().keySet())) {
      known("/entitlements/features", feature, "feature", features, problems);
    }
    for (String limit : new TreeSet<>(catalogue.limits().keySet())) {
      known("/entitlements/limits", limit, "limit", limits, problems);
      if (meters.contains(limit) && !catalogue.limit(limit).period().equals(MeterPeriod.LIFETIME)) {
        problems.error(
            "growth.json /entitlements/limits/" + limit + "/period",
            "belongs to the meter of that name, which counts this limit; write it there");
      }
    }
  }

  private static void doubtfulMeters(GrowthConfig config, Problems problems) {
    Set<String> events = new LinkedHashSet<>();
    config.telemetry().events().forEach(event -> events.add(event.name()));
    for (int i = 0; i < config.meters().size(); i++) {
      String event = config.meters().get(i).event();
      if (!events.contains(event)) {
        problems.warning(
            "growth.json /meters/" + i + "/event",
            "counts \""
                + event
                + "\", for which there is no contract"
                + Problems.didYouMean(event, events));
      }
    }
  }

  private static void doubtfulRules(GrowthConfig config, Problems problems) {
    Set<String> ofAccounts = new HashSet<>();
    config.meters().stream()
        .filter(meter -> meter.subject() == MeterSubject.ACCOUNT)
        .forEach(meter -> ofAccounts.add(meter.key()));
    List<Rule> rules = config.activation().rules();
    for (int i = 0; i < rules.size(); i++) {
      if (ofAccounts.contains(rules.get(i).meter())) {
        problems.warning(
            "growth.json /activation/rules/" + i + "/meter",
            "names a meter of accounts; prompts are raised for users only");
      }
    }
  }
}
