package io.growthbus.shared.message;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks for one flag.
 *
 * @param key key of the flag
 * @param userId for whom, or null
 * @param attributes facts for targeting, may be null; {@code tier}, {@code limits} and {@code
 *     usage} are never taken from here
 * @param clientOnly whether the asker is a page: flags that may not be evaluated in one count as
 *     unknown, and {@code account_id} names nobody whose usage is read
 * @param unproven whether the asker has not shown that it may speak of the user: what only the
 *     server knows of the user is then not looked at
 * @param track whether the answer is recorded as an exposure
 */
public record EvaluateFlag(
    String key,
    @Nullable String userId,
    @Nullable Map<String, Object> attributes,
    boolean clientOnly,
    boolean unproven,
    boolean track) {
  /** A question of a server, or of a page about its proven user. */
  public EvaluateFlag(
      String key,
      @Nullable String userId,
      @Nullable Map<String, Object> attributes,
      boolean clientOnly) {
    this(key, userId, attributes, clientOnly, false, false);
  }

  /** A question of a server about any flag. */
  public EvaluateFlag(
      String key, @Nullable String userId, @Nullable Map<String, Object> attributes) {
    this(key, userId, attributes, false);
  }
}
