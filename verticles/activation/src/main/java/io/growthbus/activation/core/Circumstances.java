package io.growthbus.activation.core;

import java.util.Optional;

/**
 * What matters for showing a prompt, at the moment of showing.
 *
 * @param ruleKnown whether the rule is there
 * @param tier whether the user is one who does not pay
 * @param audience whether the user is of the rule's own audience; empty: the rule names none, and
 *     is for those who do not pay
 * @param consent whether the user may be prompted
 * @param flag whether the gate flag is on; yes without one
 * @param heldOut whether the user is kept from the rule, to compare
 */
public record Circumstances(
    boolean ruleKnown,
    Eligibility tier,
    Optional<Answer> audience,
    Answer consent,
    Answer flag,
    boolean heldOut) {

  /** An answer that may be lacking. */
  public enum Answer {
    YES,
    NO,
    UNKNOWN;

    public static Answer of(boolean yes) {
      return yes ? YES : NO;
    }
  }

  /** Why the prompt is not shown, apart from caps; empty when it may be. */
  public Optional<Suppression> suppression() {
    if (!ruleKnown) {
      return Optional.of(Suppression.RULE_UNKNOWN);
    }
    if (tier == Eligibility.UNKNOWN) {
      return Optional.of(Suppression.ENTITLEMENT_UNKNOWN);
    }
    return inAudience()
        .or(() -> of(consent, Suppression.CONSENT_DENIED, Suppression.CONSENT_UNKNOWN))
        .or(() -> of(flag, Suppression.FLAG_OFF, Suppression.FLAG_UNKNOWN))
        .or(() -> heldOut ? Optional.of(Suppression.HOLDOUT) : Optional.empty());
  }

  private Optional<Suppression> inAudience() {
    if (audience.isEmpty()) {
      return tier == Eligibility.ON_PAID_TIER
          ? Optional.of(Suppression.ON_PAID_TIER)
          : Optional.empty();
    }
    return of(audience.get(), Suppression.AUDIENCE_NOT_MATCHED, Suppression.AUDIENCE_UNKNOWN);
  }

  private static Optional<Suppression> of(Answer answer, Suppression no, Suppression unknown) {
    return switch (answer) {
      case YES -> Optional.empty();
      case NO -> Optional.of(no);
      case UNKNOWN -> Optional.of(unknown);
    };
  }
}
