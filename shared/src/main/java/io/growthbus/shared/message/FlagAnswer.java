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
 */
public record FlagAnswer(
    Object value, @Nullable String variant, String reason, long revision, @Nullable String rule) {
  /** An answer that no rule decided. */
  public FlagAnswer(Object value, @Nullable String variant, String reason, long revision) {
    this(value, variant, reason, revision, null);
  }
}
