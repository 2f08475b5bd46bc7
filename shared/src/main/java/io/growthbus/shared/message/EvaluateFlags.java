package io.growthbus.shared.message;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks for several flags of one user.
 *
 * @param keys which flags, or null for all
 * @param clientOnly whether flags that may not be evaluated in a page count as unknown
 */
public record EvaluateFlags(
    @Nullable String userId,
    @Nullable Map<String, Object> attributes,
    @Nullable List<String> keys,
    boolean clientOnly) {
  /** A question about any flags. */
  public EvaluateFlags(
      @Nullable String userId,
      @Nullable Map<String, Object> attributes,
      @Nullable List<String> keys) {
    this(userId, attributes, keys, false);
  }
}
