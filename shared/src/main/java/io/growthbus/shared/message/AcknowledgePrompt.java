package io.growthbus.shared.message;

/**
 * Orders activation to note what a user did with a prompt; repeating it changes nothing.
 *
 * @param userId who did it, proven by a token
 * @param promptId UUID
 * @param action what was done
 */
public record AcknowledgePrompt(String userId, String promptId, Action action) {

  /** What a user can do with a prompt. */
  public enum Action {
    SHOWN,
    CLICKED,
    DISMISSED,
    SNOOZED
  }
}
