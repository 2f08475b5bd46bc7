package io.growthbus.flags.core;

import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.flags.Targeting;
import io.growthbus.shared.flags.Targeting.Condition;
import io.growthbus.shared.flags.Targeting.Rule;
import io.growthbus.shared.flags.Targeting.Segment;
import io.growthbus.shared.flags.Targeting.Target;
import java.util.List;
import java.util.function.Predicate;

/** Flags without the users who were erased: they may be named as targets and in conditions. */
public final class WithoutErased {
  private WithoutErased() {}

  /**
   * The flags, none of which names a user who is kept out.
   *
   * @param keptOut whether a user is kept out after an erasure
   */
  public static Flags of(Flags flags, Predicate<String> keptOut) {
    return new Flags(
        flags.definitions().stream().map(flag -> of(flag, keptOut)).toList(),
        flags.segments().stream().map(segment -> of(segment, keptOut)).toList(),
        flags.holdouts());
  }

  /** A flag, without them. */
  public static FlagDefinition of(FlagDefinition flag, Predicate<String> keptOut) {
    Targeting targeting = flag.targeting();
    return new FlagDefinition(
        flag.key(),
        flag.enabled(),
        flag.rolloutPercentage(),
        flag.targetUsers().stream().filter(keptOut.negate()).toList(),
        flag.surface(),
        targeting == null ? null : of(targeting, keptOut));
  }

  /** What a flag says, without them. */
  public static Targeting of(Targeting targeting, Predicate<String> keptOut) {
    return new Targeting(
        targeting.bucketing(),
        targeting.salt(),
        targeting.bucketBy(),
        targeting.variants(),
        targeting.on(),
        targeting.off(),
        targeting.split(),
        targeting.targets().stream()
            .map(
                target ->
                    new Target(
                        target.variant(),
                        target.users().stream().filter(keptOut.negate()).toList()))
            .toList(),
        targeting.rules().stream()
            .map(
                rule ->
                    new Rule(
                        rule.key(),
                        of(rule.conditions(), keptOut),
                        rule.rolloutPercentage(),
                        rule.variant(),
                        rule.split()))
            .toList(),
        targeting.prerequisites(),
        targeting.holdout());
  }

  /** What a segment says, without them. */
  public static Segment of(Segment segment, Predicate<String> keptOut) {
    return new Segment(segment.key(), of(segment.conditions(), keptOut));
  }

  private static List<Condition> of(List<Condition> conditions, Predicate<String> keptOut) {
    return conditions.stream()
        .map(
            condition ->
                new Condition(
                    condition.attribute(),
                    condition.operator(),
                    condition.values().stream()
                        .filter(value -> !(value instanceof String text && keptOut.test(text)))
                        .toList(),
                    condition.segment(),
                    condition.negated()))
        .toList();
  }
}
