package io.growthbus.activation.core;

import io.growthbus.shared.flags.Bucketing;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.flags.Targeting;
import io.growthbus.shared.flags.Targeting.Condition;
import io.growthbus.shared.flags.Targeting.Segment;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Whom a rule concerns: conditions as flags have them, evaluated as flags are. */
public final class Audience {
  private static final String KEY = "audience";

  private final FlagSnapshot snapshot;

  /**
   * @param segments those that conditions may name; membership in one that is not there never fits
   */
  public Audience(List<Condition> conditions, List<Segment> segments) {
    Targeting targeting =
        new Targeting(
            Bucketing.SEED,
            null,
            Targeting.USER_ID,
            Map.of(),
            "on",
            "off",
            List.of(),
            List.of(),
            List.of(new Targeting.Rule(KEY, conditions, 100, "on", List.of())),
            List.of(),
            null);
    FlagDefinition flag = new FlagDefinition(KEY, true, 0, List.of(), Surface.SERVER, targeting);
    this.snapshot = new FlagSnapshot(0, new Flags(List.of(flag), segments, List.of()));
  }

  /** Whether one of these conditions is about a segment. */
  public static boolean needsSegments(List<Condition> conditions) {
    return conditions.stream().anyMatch(condition -> condition.segment() != null);
  }

  /** The facts that it looks at, such as {@code tier} or {@code usage.api_calls}. */
  public Set<String> facts() {
    return snapshot.facts(KEY);
  }

  /**
   * Whether a user is of it.
   *
   * @param facts values by the name of the fact
   */
  public boolean includes(String userId, Map<String, Object> facts) {
    return snapshot.evaluate(KEY, userId, facts).isOn();
  }
}
