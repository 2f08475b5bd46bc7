package io.growthbus.shared.message;

import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.Targeting.Holdout;
import io.growthbus.shared.flags.Targeting.Segment;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All definitions of one revision, sorted by key.
 *
 * @param segments what conditions name; null is read as none
 * @param holdouts what flags name; null is read as none
 * @param flagRevisions revision since which each flag says what it says, by key; null is read as
 *     none known
 */
public record FlagSet(
    long revision,
    List<FlagDefinition> flags,
    @Nullable List<Segment> segments,
    @Nullable List<Holdout> holdouts,
    @Nullable Map<String, Long> flagRevisions) {
  public FlagSet {
    segments = segments == null ? List.of() : segments;
    holdouts = holdouts == null ? List.of() : holdouts;
    flagRevisions = flagRevisions == null ? Map.of() : flagRevisions;
  }

  /** Definitions whose own revisions are not known. */
  public FlagSet(
      long revision,
      List<FlagDefinition> flags,
      @Nullable List<Segment> segments,
      @Nullable List<Holdout> holdouts) {
    this(revision, flags, segments, holdouts, null);
  }

  /** Definitions that share nothing. */
  public FlagSet(long revision, List<FlagDefinition> flags) {
    this(revision, flags, null, null);
  }
}
