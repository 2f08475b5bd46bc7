package io.growthbus.flags.core;

import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.Targeting.Prerequisite;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Flags that nobody asks for by name, and that decide the answers of others nevertheless. */
public final class NeededFlags {
  private NeededFlags() {}

  /**
   * The flags that those in use need, over any number of prerequisites.
   *
   * @param unused keys that nobody asks for
   */
  public static Set<String> of(Collection<FlagDefinition> flags, Set<String> unused) {
    Map<String, FlagDefinition> byKey = new HashMap<>();
    flags.forEach(flag -> byKey.put(flag.key(), flag));
    Set<String> needed = new HashSet<>();
    Deque<FlagDefinition> open = new ArrayDeque<>();
    flags.stream().filter(flag -> !unused.contains(flag.key())).forEach(open::add);
    while (!open.isEmpty()) {
      for (Prerequisite prerequisite : open.remove().rules().prerequisites()) {
        FlagDefinition flag = byKey.get(prerequisite.flag());
        if (flag != null && needed.add(flag.key())) {
          open.add(flag);
        }
      }
    }
    return needed;
  }
}
