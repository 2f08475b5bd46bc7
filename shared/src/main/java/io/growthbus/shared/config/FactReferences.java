package io.growthbus.shared.config;

import io.growthbus.shared.flags.Definition;
import io.growthbus.shared.flags.Facts;
import io.growthbus.shared.flags.FlagCheck.Problem;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.flags.Operator;
import io.growthbus.shared.flags.Targeting.Condition;
import io.growthbus.shared.flags.Targeting.Rule;
import io.growthbus.shared.flags.Targeting.Segment;
import io.growthbus.shared.settings.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Checks that the tiers, limits and meters that flags look at exist. */
public final class FactReferences {
  private static final Set<Operator> WORDS = Set.of(Operator.IN, Operator.NOT_IN);

  /**
   * What there is.
   *
   * @param tiers names of the tiers
   * @param limits names of the limits of any tier, unlimited ones included
   * @param meters keys of the meters
   * @param anyMeter whether every other key may be one of a meter too
   */
  public record Known(Set<String> tiers, Set<String> limits, Set<String> meters, boolean anyMeter) {
    public Known {
      tiers = Set.copyOf(tiers);
      limits = Set.copyOf(limits);
      meters = Set.copyOf(meters);
    }

    /** Names, and no others. */
    public Known(Set<String> tiers, Set<String> limits, Set<String> meters) {
      this(tiers, limits, meters, false);
    }

    /** These names where it is not known which other meters there are. */
    public Known withAnyMeter() {
      return new Known(tiers, limits, meters, true);
    }

    /** What a configuration names, and these meters beside it. */
    public static Known of(GrowthConfig config, Set<String> moreMeters) {
      Set<String> tiers = new TreeSet<>();
      Set<String> limits = new TreeSet<>();
      for (GrowthConfig.Tier tier : config.entitlements().tiers()) {
        tiers.add(tier.name());
        limits.addAll(tier.limits().keySet());
        limits.addAll(tier.unlimited());
      }
      Set<String> meters = new TreeSet<>(moreMeters);
      config.meters().forEach(meter -> meters.add(meter.key()));
      return new Known(tiers, limits, meters);
    }
  }

  private final Known known;
  private final List<Problem> problems = new ArrayList<>();

  private FactReferences(Known known) {
    this.known = known;
  }

  /** What is wrong with the facts that flags and segments look at, as JSON pointers of the file. */
  public static List<Problem> all(Flags flags, Known known) {
    List<Problem> all = new ArrayList<>();
    for (int i = 0; i < flags.definitions().size(); i++) {
      String place = FlagReferences.pointer(Definition.Kind.FLAG, i);
      check(flags.definitions().get(i), known).forEach(found -> all.add(found.at(place)));
    }
    for (int i = 0; i < flags.segments().size(); i++) {
      String place = FlagReferences.pointer(Definition.Kind.SEGMENT, i);
      check(flags.segments().get(i), known).forEach(found -> all.add(found.at(place)));
    }
    return all;
  }

  /** What is wrong with the facts that a flag itself looks at, each with its place. */
  public static List<Problem> check(FlagDefinition flag, Known known) {
    FactReferences check = new FactReferences(known);
    check.attribute(flag.rules().bucketBy(), "/bucket_by");
    for (int i = 0; i < flag.rules().rules().size(); i++) {
      Rule rule = flag.rules().rules().get(i);
      check.conditions(rule.conditions(), "/rules/" + i + "/if");
    }
    return List.copyOf(check.problems);
  }

  /** What is wrong with the facts that a segment looks at. */
  public static List<Problem> check(Segment segment, Known known) {
    FactReferences check = new FactReferences(known);
    check.conditions(segment.conditions(), "/if");
    return List.copyOf(check.problems);
  }

  /**
   * What is wrong with the facts that conditions look at.
   *
   * @return pointers begin with the place of the condition, such as {@code /0}
   */
  static List<Problem> check(List<Condition> conditions, Known known) {
    FactReferences check = new FactReferences(known);
    check.conditions(conditions, "");
    return List.copyOf(check.problems);
  }

  private void conditions(List<Condition> conditions, String pointer) {
    for (int i = 0; i < conditions.size(); i++) {
      Condition condition = conditions.get(i);
      String place = pointer + "/" + i;
      attribute(condition.attribute(), place + "/attribute");
      if (Facts.TIER.equals(condition.attribute()) && WORDS.contains(condition.operator())) {
        condition.values().stream()
            .filter(tier -> !(tier instanceof String name && known.tiers().contains(name)))
            .findFirst()
            .ifPresent(
                unknown ->
                    problem(
                        place + "/values",
                        "names a tier that does not exist"
                            + Problems.didYouMean(String.valueOf(unknown), known.tiers())));
      }
    }
  }

  private void attribute(@Nullable String attribute, String pointer) {
    if (attribute == null || !Facts.isFact(attribute) || attribute.equals(Facts.TIER)) {
      return;
    }
    int dot = attribute.indexOf('.');
    String name = dot < 0 ? "" : attribute.substring(dot + 1);
    if (attribute.startsWith(Facts.TIER)) {
      problem(pointer, "must be \"tier\": a tier has no parts");
    } else if (attribute.startsWith(Facts.LIMITS)) {
      exists(name, known.limits(), "limit", "limits.NAME", pointer);
    } else if (!known.anyMeter() || name.isEmpty()) {
      exists(name, known.meters(), "meter", "usage.METER", pointer);
    }
  }

  private void exists(String name, Set<String> names, String kind, String form, String pointer) {
    if (!names.contains(name)) {
      problem(
          pointer,
          "names a "
              + kind
              + " that does not exist; write "
              + form
              + Problems.didYouMean(name, names));
    }
  }

  private void problem(String pointer, String what) {
    problems.add(new Problem(pointer, what));
  }
}
