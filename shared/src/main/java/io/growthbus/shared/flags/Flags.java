package io.growthbus.shared.flags;

import io.growthbus.shared.flags.Targeting.Holdout;
import io.growthbus.shared.flags.Targeting.Segment;
import java.util.List;

/**
 * Flags, and what they share.
 *
 * @param definitions each key once
 * @param segments conditions under names
 * @param holdouts units that are kept from several flags
 */
public record Flags(
    List<FlagDefinition> definitions, List<Segment> segments, List<Holdout> holdouts) {
  /** None. */
  public static final Flags NONE = new Flags(List.of(), List.of(), List.of());

  public Flags {
    definitions = List.copyOf(definitions);
    segments = List.copyOf(segments);
    holdouts = List.copyOf(holdouts);
  }

  /** Flags that share nothing. */
  public static Flags of(List<FlagDefinition> definitions) {
    return new Flags(definitions, List.of(), List.of());
  }
}
