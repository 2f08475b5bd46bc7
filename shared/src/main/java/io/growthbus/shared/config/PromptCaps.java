package io.growthbus.shared.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How much one person is prompted, over all rules, pages, devices and nodes.
 *
 * @param perPrompt most prompts of one rule in one epoch, 1 to 1,000; null: no cap
 * @param perDay most prompts within 24 hours, 1 to 1,000; null: no cap
 * @param minDistance shortest time between two prompts; zero: none
 */
public record PromptCaps(
    @Nullable Integer perPrompt, @Nullable Integer perDay, Duration minDistance) {
  /** Every prompt is shown as soon as it may. */
  public static final PromptCaps NONE = new PromptCaps(null, null, Duration.ZERO);

  private static final long MOST = 1_000;
  private static final long LONGEST_MS = Duration.ofDays(365).toMillis();

  /** Whether nothing is capped. */
  public boolean isNone() {
    return equals(NONE);
  }

  static PromptCaps read(JsonCursor at) {
    PromptCaps caps =
        new PromptCaps(
            most(at, "per_prompt"),
            most(at, "per_day"),
            Duration.ofMillis(at.number("min_distance_ms", 0L, 0, LONGEST_MS)));
    at.checkUnknown();
    return caps;
  }

  private static @Nullable Integer most(JsonCursor at, String field) {
    return at.has(field) ? (Integer) (int) at.number(field, null, 1, MOST) : null;
  }
}
