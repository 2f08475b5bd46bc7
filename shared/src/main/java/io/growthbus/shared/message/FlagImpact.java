package io.growthbus.shared.message;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How many users a change of a flag would give another answer.
 *
 * @param revision revision of the definitions that the proposed one was put among
 * @param users how many were looked at
 * @param known of how many
 * @param more whether there are more than {@code known}
 * @param changed how many of those looked at would get another answer
 * @param unknown for how many that cannot be said, because the flag looks at an attribute that the
 *     server does not know, or at a fact that could not be read
 * @param changes the changed ones by what they get, the most frequent change first
 */
public record FlagImpact(
    long revision,
    int users,
    long known,
    boolean more,
    int changed,
    int unknown,
    List<Change> changes) {

  /** So many users who get one answer now and would get another. */
  public record Change(Outcome from, Outcome to, int users) {}

  /**
   * An answer without its value.
   *
   * @param variant null where there is no such flag
   * @param reason a name of {@link io.growthbus.shared.flags.FlagDecision.Reason}
   */
  public record Outcome(@Nullable String variant, String reason) {}
}
