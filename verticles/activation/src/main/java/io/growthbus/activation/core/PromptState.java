package io.growthbus.activation.core;

import io.growthbus.shared.message.AcknowledgePrompt.Action;

/** The life of a prompt: pending, shown, and then one of the ends. */
public enum PromptState {
  PENDING,
  SHOWN,
  CLICKED,
  DISMISSED,
  SNOOZED,
  CONVERTED,
  EXPIRED,
  RETRACTED,
  SUPPRESSED;

  /** Whether it may still be shown. */
  public boolean isOpen() {
    return this == PENDING || this == SHOWN;
  }

  /** The state after an acknowledgement; an end stays what it is, so repetitions change nothing. */
  public PromptState after(Action action) {
    if (!isOpen()) {
      return this;
    }
    return switch (action) {
      case SHOWN -> SHOWN;
      case CLICKED -> CLICKED;
      case DISMISSED -> DISMISSED;
      case SNOOZED -> SNOOZED;
    };
  }
}
