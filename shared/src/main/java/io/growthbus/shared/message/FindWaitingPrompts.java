package io.growthbus.shared.message;

import java.util.List;

/**
 * Asks which of these users have prompts that no page has shown.
 *
 * @param userIds at most {@value #MOST}
 */
public record FindWaitingPrompts(List<String> userIds) {
  /** Users of one question. */
  public static final int MOST = 500;
}
