package io.growthbus.shared.message;

import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.Targeting.Holdout;
import io.growthbus.shared.flags.Targeting.Segment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All definitions of one revision, sorted by key.
 *
 * @param segments what conditions name; null is read as none
 * @param holdouts what flags name; null is read as none
 */
public record FlagSet(
    long revision,
    List<FlagDefinition> flags,
    @Nullable List<Segment> segments,
    @Nullable List<Holdout> holdouts) {
  public FlagSet {
    segments = segments == null ? List.of() : segments;
    holdouts = holdouts == null ? List.of() : holdouts;
  }

  /** Definitions that share nothing. */
  public FlagSet(long revision, List<FlagDefinition> flags) {
    this(revision, flags, null, null);
  }
}
