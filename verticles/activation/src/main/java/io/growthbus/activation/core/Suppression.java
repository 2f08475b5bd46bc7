package io.growthbus.activation.core;

import java.util.Locale;

/**
 * Why a prompt is not shown now, in the order in which it is decided. Some end the prompt; the
 * others pass, and until then it waits.
 */
public enum Suppression {
  /** A higher step of the same rule was reached at the same time. */
  LOWER_STEP(true),
  /** The events behind the crossing are too old to be news. */
  NOT_FRESH(true),
  /** This node knows no such rule: it is gone, or not yet there. */
  RULE_UNKNOWN(false),
  /** What the user has is a guess at the moment; a guess is no reason to sell. */
  ENTITLEMENT_UNKNOWN(false),
  /** The user pays already, and the rule is for those who do not. */
  ON_PAID_TIER(true),
  /** What the audience of the rule looks at cannot be read now. */
  AUDIENCE_UNKNOWN(false),
  /** The user is not of the audience of the rule. */
  AUDIENCE_NOT_MATCHED(true),
  /** What the user said about consent cannot be read now. */
  CONSENT_UNKNOWN(false),
  /** The user does not consent to be prompted. */
  CONSENT_DENIED(true),
  /** The gate flag cannot be evaluated now. */
  FLAG_UNKNOWN(false),
  /** The gate flag is off for the user. */
  FLAG_OFF(true),
  /** The user is kept from the rule, to compare. */
  HOLDOUT(true),
  /** The user had as many prompts of this rule as one gets. */
  CAP_PROMPT(true),
  /** Another prompt was shown in the place of this one, because it matters more or was first. */
  LOWER_PRIORITY(false),
  /** The user had as many prompts within a day as one gets. */
  CAP_DAY(false),
  /** The last prompt of the user is not long enough ago. */
  CAP_DISTANCE(false);

  private final boolean ends;

  Suppression(boolean ends) {
    this.ends = ends;
  }

  /** Whether the prompt is never shown; else it waits. */
  public boolean ends() {
    return ends;
  }

  /** Whether a room has not answered, which it may do a moment later. */
  public boolean isUnanswered() {
    return this == ENTITLEMENT_UNKNOWN
        || this == AUDIENCE_UNKNOWN
        || this == CONSENT_UNKNOWN
        || this == FLAG_UNKNOWN;
  }

  /** Stable word. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }
}
