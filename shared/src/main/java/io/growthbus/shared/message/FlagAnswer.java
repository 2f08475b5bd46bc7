package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Answer for one flag.
 *
 * @param value boolean, text, number, list or object; {@code false} for an unknown flag
 * @param variant name of the variant, null for an unknown flag
 * @param reason a name of {@link io.growthbus.shared.flags.FlagDecision.Reason}
 * @param revision revision of the definitions that gave the answer
 * @param rule key of the rule, prerequisite or holdout that decided, or null
 * @param flagRevision revision of the definitions since which this flag says what it says; 0 for an
 *     unknown flag
 * @param facts committed state that decided, or null when none was looked at
 */
public record FlagAnswer(
    Object value,
    @Nullable String variant,
    String reason,
    long revision,
    @Nullable String rule,
    long flagRevision,
    @Nullable UsedFacts facts) {
  /** An answer of a flag whose own revision is not known. */
  public FlagAnswer(
      Object value, @Nullable String variant, String reason, long revision, @Nullable String rule) {
    this(value, variant, reason, revision, rule, 0, null);
  }

  /** An answer that no rule decided, of a flag whose own revision is not known. */
  public FlagAnswer(Object value, @Nullable String variant, String reason, long revision) {
    this(value, variant, reason, revision, null);
  }
}
