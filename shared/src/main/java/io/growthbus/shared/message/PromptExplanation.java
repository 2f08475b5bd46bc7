package io.growthbus.shared.message;

import java.util.List;

/**
 * Why a user was, or was not, shown the prompt of a rule.
 *
 * @param verdict one word in snake case, such as {@code below_threshold}, {@code on_paid_tier},
 *     {@code waiting_for_page} or {@code clicked}
 * @param text the same in a sentence
 * @param steps what was looked at, in the order in which it happens
 */
public record PromptExplanation(
    String userId, String rule, String verdict, String text, List<Step> steps) {

  /**
   * A step on the way from an event to a prompt.
   *
   * @param step {@code rule}, {@code counter}, {@code crossing}, {@code freshness}, {@code
   *     entitlement}, {@code audience}, {@code consent}, {@code flag}, {@code holdout}, {@code
   *     caps} or {@code prompt}
   * @param outcome one word in snake case
   * @param facts JSON text of an object: values and moments, those in ms since the epoch
   */
  public record Step(String step, String outcome, String facts) {}
}
