package io.growthbus.shared.flags;

import io.growthbus.shared.flags.Targeting.Prerequisite;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which flag needs which. */
final class Prerequisites {
  private Prerequisites() {}

  /** A flag and all that it needs, directly or over others, as far as they exist. */
  static Collection<FlagDefinition> closure(
      FlagDefinition flag, Map<String, FlagDefinition> flags) {
    Map<String, FlagDefinition> seen = new LinkedHashMap<>(Map.of(flag.key(), flag));
    Deque<FlagDefinition> open = new ArrayDeque<>(List.of(flag));
    while (!open.isEmpty()) {
      for (Prerequisite prerequisite : open.remove().rules().prerequisites()) {
        FlagDefinition needed = flags.get(prerequisite.flag());
        if (needed != null && seen.putIfAbsent(needed.key(), needed) == null) {
          open.add(needed);
        }
      }
    }
    return seen.values();
  }

  /** Whether a flag leads to another one over more than one way. */
  static boolean meetsAgain(FlagDefinition flag, Map<String, FlagDefinition> flags) {
    Collection<FlagDefinition> all = closure(flag, flags);
    long ways =
        all.stream()
            .flatMap(needed -> needed.rules().prerequisites().stream())
            .filter(prerequisite -> flags.containsKey(prerequisite.flag()))
            .count();
    // In a tree each flag but the first is led to once.
    return ways >= all.size();
  }

  /** Keys of the flags that, directly or over others, need themselves or one that does. */
  static Set<String> cyclic(Map<String, FlagDefinition> flags) {
    // What needs only flags that are settled is settled; what is never settled is cyclic.
    Set<String> settled = new HashSet<>();
    List<FlagDefinition> open = new ArrayList<>(flags.values());
    boolean progress = true;
    while (progress) {
      progress =
          open.removeIf(
              flag -> {
                boolean ready =
                    flag.rules().prerequisites().stream()
                        .map(Prerequisite::flag)
                        .allMatch(needed -> settled.contains(needed) || !flags.containsKey(needed));
                return ready && settled.add(flag.key());
              });
    }
    Set<String> cyclic = new HashSet<>(flags.keySet());
    cyclic.removeAll(settled);
    return cyclic;
  }
}
