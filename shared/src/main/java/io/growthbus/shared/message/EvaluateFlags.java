package io.growthbus.shared.message;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks for several flags of one user.
 *
 * @param attributes as in {@link EvaluateFlag}
 * @param keys which flags, or null for all
 * @param clientOnly as in {@link EvaluateFlag}
 * @param unproven as in {@link EvaluateFlag}
 * @param track whether each answer is recorded as an exposure
 */
public record EvaluateFlags(
    @Nullable String userId,
    @Nullable Map<String, Object> attributes,
    @Nullable List<String> keys,
    boolean clientOnly,
    boolean unproven,
    boolean track) {
  /** A question of a server, or of a page about its proven user. */
  public EvaluateFlags(
      @Nullable String userId,
      @Nullable Map<String, Object> attributes,
      @Nullable List<String> keys,
      boolean clientOnly) {
    this(userId, attributes, keys, clientOnly, false, false);
  }

  /** A question of a server about any flags. */
  public EvaluateFlags(
      @Nullable String userId,
      @Nullable Map<String, Object> attributes,
      @Nullable List<String> keys) {
    this(userId, attributes, keys, false);
  }
}
