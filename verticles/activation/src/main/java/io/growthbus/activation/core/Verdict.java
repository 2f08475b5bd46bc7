package io.growthbus.activation.core;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Why a user is, or is not, shown the prompt of a rule, in the order in which it is decided. */
public enum Verdict {
  UNKNOWN_RULE("There is no rule of this key; prompts of rules that are gone are not raised."),
  UNKNOWN_COUNT("The counter cannot be read now; ask again."),
  BELOW_THRESHOLD("The counter has not reached the threshold in the period that is now."),
  CROSSING_PENDING("The threshold is reached; the next sweep notes it within seconds."),
  ON_PAID_TIER("The user pays already, so nothing is sold."),
  UNKNOWN_ENTITLEMENT("What the user has is a guess at the moment; a guess is no reason to sell."),
  WAITING_FOR_PAGE("It is shown as soon as a page of the user is open."),
  SHOWN("A page has shown it; the user has not acted on it."),
  CLICKED("The user followed it."),
  DISMISSED("The user closed it."),
  SNOOZED("The user put it off."),
  CONVERTED("The user saw it and pays more since then."),
  EXPIRED("Its time was over before the user acted on it."),
  RETRACTED("It was taken back, because the user has upgraded or was erased."),
  SUPPRESSED("It was not shown; the step of the prompt says why.");

  private final String text;

  Verdict(String text) {
    this.text = text;
  }

  /** A sentence for people. */
  public String text() {
    return text;
  }

  /** Stable word. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Decides.
   *
   * @param ruleKnown whether the rule is there
   * @param count the counter now; null when it cannot be read
   * @param threshold of the rule
   * @param crossed whether the crossing is noted
   * @param state of the prompt, or null when there is none
   * @param suppression why the prompt was not shown, or null
   * @param eligibility of the user now
   */
  public static Verdict of(
      boolean ruleKnown,
      @Nullable Long count,
      long threshold,
      boolean crossed,
      @Nullable PromptState state,
      @Nullable String suppression,
      Eligibility eligibility) {
    if (state != null && state != PromptState.PENDING) {
      return state == PromptState.SUPPRESSED && Eligibility.ON_PAID_TIER.code().equals(suppression)
          ? ON_PAID_TIER
          : valueOf(state.name());
    }
    if (!ruleKnown) {
      return UNKNOWN_RULE;
    }
    if (!crossed) {
      if (count == null) {
        return UNKNOWN_COUNT;
      }
      return count < threshold ? BELOW_THRESHOLD : CROSSING_PENDING;
    }
    return switch (eligibility) {
      case ON_PAID_TIER -> ON_PAID_TIER;
      case UNKNOWN -> UNKNOWN_ENTITLEMENT;
      case ELIGIBLE -> WAITING_FOR_PAGE;
    };
  }
}
