package io.growthbus.shared.flags;

import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.Targeting.Holdout;
import io.growthbus.shared.flags.Targeting.Segment;
import java.util.List;

/**
 * Flags, and what they share.
 *
 * @param definitions each key once
 * @param segments conditions under names
 * @param holdouts units that are kept from several flags
 * @param evaluator where a flag that says nothing of it may be evaluated
 */
public record Flags(
    List<FlagDefinition> definitions,
    List<Segment> segments,
    List<Holdout> holdouts,
    Surface evaluator) {
  /** None. */
  public static final Flags NONE = new Flags(List.of(), List.of(), List.of());

  public Flags {
    definitions = List.copyOf(definitions);
    segments = List.copyOf(segments);
    holdouts = List.copyOf(holdouts);
  }

  /** Flags that may be evaluated in browsers unless they say otherwise. */
  public Flags(List<FlagDefinition> definitions, List<Segment> segments, List<Holdout> holdouts) {
    this(definitions, segments, holdouts, Surface.CLIENT);
  }

  /** Flags that share nothing. */
  public static Flags of(List<FlagDefinition> definitions) {
    return new Flags(definitions, List.of(), List.of());
  }
}
