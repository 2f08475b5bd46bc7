package io.growthbus.flags.core;

import io.growthbus.shared.flags.Definition;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.flags.Targeting.Condition;
import io.growthbus.shared.flags.Targeting.Segment;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

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
        flags.definitions().stream()
            .map(flag -> flag.with(users(keptOut), conditions(keptOut)))
            .toList(),
        flags.segments().stream().map(segment -> segment.with(conditions(keptOut))).toList(),
        flags.holdouts(),
        flags.evaluator());
  }

  /** A definition that does not name them. */
  public static Definition of(Definition definition, Predicate<String> keptOut) {
    if (definition instanceof FlagDefinition flag) {
      return flag.with(users(keptOut), conditions(keptOut));
    }
    return definition instanceof Segment segment ? segment.with(conditions(keptOut)) : definition;
  }

  private static UnaryOperator<List<String>> users(Predicate<String> keptOut) {
    return users -> users.stream().filter(keptOut.negate()).toList();
  }

  private static UnaryOperator<Condition> conditions(Predicate<String> keptOut) {
    return condition -> condition.withoutTexts(keptOut);
  }
}
