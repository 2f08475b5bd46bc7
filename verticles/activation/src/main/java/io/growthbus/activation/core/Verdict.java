package io.growthbus.activation.core;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Why a user is, or is not, shown the prompt of a rule, in the order in which it is decided. */
public enum Verdict {
  UNKNOWN_RULE("There is no rule of this key; prompts of rules that are gone are not raised."),
  UNKNOWN_COUNT("The counter cannot be read now; ask again."),
  BELOW_THRESHOLD("The counter has not reached the threshold in the period that is now."),
  CROSSING_PENDING("The threshold is reached; the next sweep notes it within seconds."),
  ON_PAID_TIER("The user pays already, so nothing is sold."),
  UNKNOWN_ENTITLEMENT("What the user has is a guess at the moment; a guess is no reason to sell."),
  LOWER_STEP("A higher step of the rule was reached at the same time, and that one prompts."),
  NOT_FRESH("The events behind it came too late for the rule to prompt."),
  AUDIENCE_UNKNOWN("What the audience of the rule looks at cannot be read now; it is asked again."),
  AUDIENCE_NOT_MATCHED("The user is not of the audience of the rule."),
  CONSENT_UNKNOWN("What the user said about consent cannot be read now; it is asked again."),
  CONSENT_DENIED("The user does not consent to be prompted."),
  FLAG_UNKNOWN("The gate flag cannot be evaluated now; it is asked again."),
  FLAG_OFF("The gate flag is off for the user."),
  HOLDOUT("The user is kept from the rule, to compare."),
  CAP_PROMPT("The user had as many prompts of the rule as one gets."),
  LOWER_PRIORITY("Another prompt was shown first; it waits until there is room for one more."),
  CAP_DAY("The user had as many prompts within a day as one gets; it waits until there is room."),
  CAP_DISTANCE("The last prompt of the user is not long enough ago; it waits until it is."),
  WAITING_FOR_PAGE("It is shown as soon as a page of the user is open."),
  SHOWN("A page has shown it; the user has not acted on it."),
  CLICKED("The user followed it."),
  DISMISSED("The user closed it."),
  SNOOZED("The user put it off."),
  CONVERTED("The user saw it and pays more since then."),
  EXPIRED("Its time was over before the user acted on it."),
  RETRACTED("It was taken back, because the user has upgraded or was erased."),
  SUPPRESSED("It was not shown; the step of the prompt says why.");

  private static final Set<Verdict> OF_BUDGET = EnumSet.of(LOWER_PRIORITY, CAP_DAY, CAP_DISTANCE);

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
   * @param reason word for why the prompt was not shown or waits, or null
   * @param now why it would not be shown now, apart from caps; null: it would
   */
  public static Verdict of(
      boolean ruleKnown,
      @Nullable Long count,
      long threshold,
      boolean crossed,
      @Nullable PromptState state,
      @Nullable String reason,
      @Nullable Suppression now) {
    if (state != null && state != PromptState.PENDING) {
      return state == PromptState.SUPPRESSED
          ? of(reason).orElse(SUPPRESSED)
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
    if (now != null) {
      return of(now);
    }
    return of(reason).filter(OF_BUDGET::contains).orElse(WAITING_FOR_PAGE);
  }

  private static Verdict of(Suppression suppression) {
    return switch (suppression) {
      case RULE_UNKNOWN -> UNKNOWN_RULE;
      case ENTITLEMENT_UNKNOWN -> UNKNOWN_ENTITLEMENT;
      default -> valueOf(suppression.name());
    };
  }

  private static Optional<Verdict> of(@Nullable String reason) {
    return Arrays.stream(Suppression.values())
        .filter(suppression -> suppression.code().equals(reason))
        .map(Verdict::of)
        .findFirst();
  }
}
