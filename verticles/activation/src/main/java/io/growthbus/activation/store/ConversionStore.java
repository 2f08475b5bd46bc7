package io.growthbus.activation.store;

import io.growthbus.activation.store.PromptStore.PromptOfUser;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Which prompts were followed by a payment. Every future fails with the error of PostgreSQL. */
public interface ConversionStore {

  /** Whether a payment of the user now could be one that follows a prompt. */
  Future<Boolean> isWaiting(String userId, Duration window);

  /**
   * Users of whom billing reports a subscription since a prompt that no payment follows yet: their
   * change may not have been heard.
   *
   * @param most largest number of them
   */
  Future<List<String>> missed(Duration window, int most);

  /**
   * Notes the tier that a user had when a prompt was shown, or would have been; the first stays.
   */
  Future<Void> noteTier(UUID promptId, String tier);

  /**
   * A prompt that has converted.
   *
   * @param wasOpen whether a page may be showing it
   */
  record Converted(PromptOfUser prompt, boolean wasOpen) {}

  /**
   * Notes that a user pays now, for the last prompt within the window, unless it is noted already.
   * Simultaneous calls note it once.
   *
   * @param from tiers of which the user must have had one then
   * @param fallback tier of prompts of which none is noted
   */
  Future<Optional<Converted>> convert(
      String userId, Duration window, List<String> from, String fallback);
}
