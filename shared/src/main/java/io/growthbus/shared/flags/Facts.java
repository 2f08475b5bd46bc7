package io.growthbus.shared.flags;

import io.growthbus.shared.flags.Targeting.Condition;
import io.growthbus.shared.flags.Targeting.Rule;
import io.growthbus.shared.flags.Targeting.Segment;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Attributes that only the server knows of a user, from committed state: {@code tier}, {@code
 * limits.NAME} and {@code usage.METER}, in the meter's own period. A flag that looks at one of them
 * is evaluated by the server.
 */
public final class Facts {
  /** The user's tier at this moment, a text. */
  public static final String TIER = "tier";

  /** The user's limits: an object of numbers; what is unlimited is absent. */
  public static final String LIMITS = "limits";

  /** The user's committed usage: an object of numbers by the key of the meter. */
  public static final String USAGE = "usage";

  private static final Set<String> ROOTS = Set.of(TIER, LIMITS, USAGE);

  private Facts() {}

  /**
   * Whether an attribute is one that only the server may fill in.
   *
   * @param attribute name, or path with dots
   */
  public static boolean isFact(String attribute) {
    int dot = attribute.indexOf('.');
    return ROOTS.contains(dot < 0 ? attribute : attribute.substring(0, dot));
  }

  /** The facts that a flag looks at, itself or over segments and prerequisites, sorted. */
  static Set<String> of(
      FlagDefinition flag, Map<String, FlagDefinition> flags, Map<String, Segment> segments) {
    Set<String> facts = new TreeSet<>();
    for (FlagDefinition needed : Prerequisites.closure(flag, flags)) {
      note(needed.rules().bucketBy(), facts);
      for (Rule rule : needed.rules().rules()) {
        rule.conditions().forEach(condition -> note(condition, segments, facts));
      }
    }
    return facts;
  }

  private static void note(Condition condition, Map<String, Segment> segments, Set<String> facts) {
    note(condition.attribute(), facts);
    Segment segment = condition.segment() == null ? null : segments.get(condition.segment());
    if (segment != null) {
      segment.conditions().forEach(inner -> note(inner.attribute(), facts));
    }
  }

  private static void note(@Nullable String attribute, Set<String> facts) {
    if (attribute != null && isFact(attribute)) {
      facts.add(attribute);
    }
  }
}
