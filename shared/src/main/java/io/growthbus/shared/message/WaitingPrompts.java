package io.growthbus.shared.message;

import java.util.List;

/** Prompts that no page has shown; whether they may be shown is asked for each user. */
public record WaitingPrompts(List<Waiting> prompts) {

  /** A prompt and the user whom it waits for. */
  public record Waiting(String userId, String promptId) {}
}
