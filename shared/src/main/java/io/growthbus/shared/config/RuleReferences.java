package io.growthbus.shared.config;

import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.flags.Facts;
import io.growthbus.shared.flags.FlagCheck;
import io.growthbus.shared.flags.FlagCheck.Problem;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.flags.Targeting;
import io.growthbus.shared.flags.Targeting.Condition;
import io.growthbus.shared.flags.Targeting.Segment;
import io.growthbus.shared.settings.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Checks that the meter, limit, flag, tiers and segments that an activation rule names exist. */
public final class RuleReferences {
  private final Rule rule;
  private final List<Problem> problems = new ArrayList<>();

  private RuleReferences(Rule rule) {
    this.rule = rule;
  }

  /**
   * What is wrong with what a rule names.
   *
   * @param flags flags and segments that there are
   * @param known tiers, limits and meters that there are
   * @return each with its JSON pointer inside of the rule
   */
  public static List<Problem> check(Rule rule, Flags flags, FactReferences.Known known) {
    RuleReferences check = new RuleReferences(rule);
    check.meter(known);
    check.flag(flags);
    check.audience(flags, known);
    return List.copyOf(check.problems);
  }

  private void meter(FactReferences.Known known) {
    String meter = rule.meter();
    if (!meter.isEmpty() && !known.anyMeter() && !known.meters().contains(meter)) {
      missing("/meter", "meter", meter, known.meters());
    }
    for (int i = 0; i < rule.thresholds().size(); i++) {
      if (rule.thresholds().get(i) instanceof Threshold.OfLimit
          && !known.limits().contains(meter)) {
        missing("/thresholds", "limit", meter, known.limits());
        return;
      }
    }
  }

  private void flag(Flags flags) {
    String key = rule.flag();
    if (key == null || key.isEmpty()) {
      return;
    }
    Map<String, FlagDefinition> byKey = new TreeMap<>();
    flags.definitions().forEach(flag -> byKey.putIfAbsent(flag.key(), flag));
    FlagDefinition flag = byKey.get(key);
    if (flag == null) {
      missing("/flag", "flag", key, byKey.keySet());
    } else if (!flag.rules().variants().values().stream().allMatch(Boolean.class::isInstance)) {
      problem("/flag", "names a flag whose values are not true and false");
    }
  }

  private void audience(Flags flags, FactReferences.Known known) {
    List<Condition> audience = rule.audience();
    if (audience == null) {
      return;
    }
    Map<String, Segment> segments = new TreeMap<>();
    flags.segments().forEach(segment -> segments.putIfAbsent(segment.key(), segment));
    FlagCheck.check(audience, segments.keySet()).forEach(found -> add("/audience", found));
    FactReferences.check(audience, known).forEach(found -> add("/audience", found));
    for (int i = 0; i < audience.size(); i++) {
      Condition condition = audience.get(i);
      Segment segment = condition.segment() == null ? null : segments.get(condition.segment());
      if (isOfPages(condition.attribute())) {
        problem(
            "/audience/" + i + "/attribute", "must be user_id, tier, limits.NAME or usage.METER");
      } else if (segment != null
          && segment.conditions().stream().anyMatch(inner -> isOfPages(inner.attribute()))) {
        problem(
            "/audience/" + i + "/segment",
            "names a segment that looks at attributes which the server does not know");
      }
    }
  }

  /** Whether an attribute is one that only who asks for a flag can name. */
  private static boolean isOfPages(@Nullable String attribute) {
    return attribute != null && !attribute.equals(Targeting.USER_ID) && !Facts.isFact(attribute);
  }

  private void missing(String pointer, String kind, String name, Set<String> known) {
    problem(
        pointer,
        "names the "
            + kind
            + " \""
            + name
            + "\", which does not exist"
            + Problems.didYouMean(name, new TreeSet<>(known)));
  }

  private void add(String place, Problem found) {
    problems.add(found.at(place));
  }

  private void problem(String pointer, String what) {
    problems.add(new Problem(pointer, what));
  }
}
