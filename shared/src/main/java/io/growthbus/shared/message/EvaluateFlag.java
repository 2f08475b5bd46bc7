package io.growthbus.shared.message;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks for one flag.
 *
 * @param key key of the flag
 * @param userId for whom, or null
 * @param attributes facts for targeting, may be null
 * @param clientOnly whether flags that may not be evaluated in a page count as unknown
 */
public record EvaluateFlag(
    String key,
    @Nullable String userId,
    @Nullable Map<String, Object> attributes,
    boolean clientOnly) {
  /** A question about any flag. */
  public EvaluateFlag(
      String key, @Nullable String userId, @Nullable Map<String, Object> attributes) {
    this(key, userId, attributes, false);
  }
}
