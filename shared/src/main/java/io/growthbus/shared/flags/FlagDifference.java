package io.growthbus.shared.flags;

import io.growthbus.shared.flags.Targeting.Condition;
import io.growthbus.shared.flags.Targeting.Holdout;
import io.growthbus.shared.flags.Targeting.Prerequisite;
import io.growthbus.shared.flags.Targeting.Segment;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Which flags may answer otherwise after a change. */
public final class FlagDifference {
  private FlagDifference() {}

  /**
   * Keys of the flags that were added, removed or changed, themselves or over a segment, a holdout
   * or a prerequisite; sorted. Every other flag answers as before.
   */
  public static SortedSet<String> keys(Flags before, Flags after) {
    SortedSet<String> changed =
        new TreeSet<>(unequal(before.definitions(), after.definitions(), FlagDefinition::key));
    Set<String> segments = unequal(before.segments(), after.segments(), Segment::key);
    Set<String> holdouts = unequal(before.holdouts(), after.holdouts(), Holdout::key);
    for (FlagDefinition flag : after.definitions()) {
      if (names(flag.rules(), segments, holdouts)) {
        changed.add(flag.key());
      }
    }
    boolean progress = true;
    while (progress) {
      progress = false;
      for (FlagDefinition flag : after.definitions()) {
        progress |= needs(flag.rules(), changed) && changed.add(flag.key());
      }
    }
    return changed;
  }

  private static boolean names(Targeting targeting, Set<String> segments, Set<String> holdouts) {
    return (targeting.holdout() != null && holdouts.contains(targeting.holdout()))
        || targeting.rules().stream()
            .flatMap(rule -> rule.conditions().stream())
            .map(Condition::segment)
            .anyMatch(segment -> segment != null && segments.contains(segment));
  }

  private static boolean needs(Targeting targeting, Set<String> changed) {
    return targeting.prerequisites().stream().map(Prerequisite::flag).anyMatch(changed::contains);
  }

  private static <T> Set<String> unequal(
      Collection<T> before, Collection<T> after, Function<T, String> key) {
    Map<String, T> earlier =
        new HashMap<>(before.stream().collect(Collectors.toMap(key, Function.identity())));
    Set<String> unequal = new HashSet<>();
    for (T now : after) {
      if (!now.equals(earlier.remove(key.apply(now)))) {
        unequal.add(key.apply(now));
      }
    }
    unequal.addAll(earlier.keySet());
    return unequal;
  }
}
