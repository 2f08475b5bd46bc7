package io.growthbus.shared.flags;

import org.jspecify.annotations.Nullable;

/**
 * Answer of a flag.
 *
 * @param value boolean, text, number, list or object; {@code false} when there is no such flag
 * @param variant null when there is no such flag
 * @param rule what decided: key of the rule, the prerequisite or the holdout; else null
 */
public record FlagDecision(
    Object value, @Nullable String variant, Reason reason, @Nullable String rule) {

  /** There is no such flag. */
  public static final FlagDecision UNKNOWN =
      new FlagDecision(false, null, Reason.FLAG_NOT_FOUND, null);

  /** Nothing can be said before the definitions have been read. */
  public static final FlagDecision NOT_READY =
      new FlagDecision(false, null, Reason.NOT_READY, null);

  /** Only the server can say. */
  public static final FlagDecision NEEDS_FACTS =
      new FlagDecision(false, null, Reason.NEEDS_FACTS, null);

  /** Why an answer is what it is; the first seven in OpenFeature's words. */
  public enum Reason {
    /** Everyone gets it, whoever asks. */
    STATIC,
    /** The user is named, or a rule fits. */
    TARGETING_MATCH,
    /** By the bucket of the unit. */
    SPLIT,
    /** The flag is switched off. */
    DISABLED,
    /** No rule fits, and everyone else gets this. */
    DEFAULT,
    /** It depends on a unit, and the question names none that is a text or a whole number. */
    TARGETING_KEY_MISSING,
    FLAG_NOT_FOUND,
    /** A rule fits, and its percentage leaves the unit out. */
    RULE_EXCLUDED,
    /** A flag that must come first has another variant. */
    PREREQUISITE_FAILED,
    /** The unit is kept from this flag to compare. */
    HOLDOUT,
    /** What the server knows of the user decides, and could not be read in time. */
    FACTS_UNAVAILABLE,
    /** The definitions have not been read yet; never said by the server. */
    NOT_READY,
    /** It looks at {@link Facts}, which only the server knows; never said by the server. */
    NEEDS_FACTS
  }

  /** Whether it is a boolean flag that is on. */
  public boolean isOn() {
    return Boolean.TRUE.equals(value);
  }
}
