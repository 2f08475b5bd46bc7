package io.growthbus.flags.core;

import io.growthbus.shared.flags.FlagDefinition;
import java.util.List;
import java.util.function.Predicate;

/** Definitions of the file without the users who were erased: they may still be named there. */
public final class WithoutErased {
  private WithoutErased() {}

  /**
   * The definitions, none of which targets a user who is kept out.
   *
   * @param keptOut whether a user is kept out after an erasure
   */
  public static List<FlagDefinition> of(List<FlagDefinition> file, Predicate<String> keptOut) {
    return file.stream()
        .map(
            flag ->
                flag.targetUsers().stream().noneMatch(keptOut)
                    ? flag
                    : new FlagDefinition(
                        flag.key(),
                        flag.enabled(),
                        flag.rolloutPercentage(),
                        flag.targetUsers().stream().filter(keptOut.negate()).toList(),
                        flag.surface()))
        .toList();
  }
}
