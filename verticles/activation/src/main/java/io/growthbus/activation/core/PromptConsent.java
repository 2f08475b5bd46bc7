package io.growthbus.activation.core;

import io.growthbus.shared.message.UserConsent;
import io.growthbus.shared.message.UserConsent.Said;
import java.util.Comparator;
import java.util.Optional;

/** Whether a user may be prompted, by what the user has said about consent. */
public final class PromptConsent {
  private PromptConsent() {}

  /**
   * Decides as it is decided whether an event is stored.
   *
   * @param purpose the purpose that decides; where nothing was said about it, the strictest of all
   * @param required whether nobody is prompted who has not agreed
   */
  public static boolean permits(UserConsent said, String purpose, boolean required) {
    Said decisive =
        Optional.ofNullable(said.purposes().get(purpose))
            .or(() -> said.purposes().values().stream().min(Comparator.naturalOrder()))
            .orElse(Said.PENDING);
    return decisive == Said.GRANTED || (decisive == Said.PENDING && !required);
  }
}
