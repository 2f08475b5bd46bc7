package io.growthbus.shared.message;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks what a flag answers, as it is and as it might be.
 *
 * @param key key of the flag
 * @param definition JSON text of an object: the definition that is proposed; null to look at the
 *     flag as it is only
 * @param contexts for whom, at most 1,000
 */
public record PreviewFlag(String key, @Nullable String definition, List<Context> contexts) {

  /**
   * Somebody to ask for.
   *
   * @param userId null for nobody
   * @param attributes facts for targeting, may be null; {@code tier}, {@code limits} and {@code
   *     usage} may be supposed here
   */
  public record Context(@Nullable String userId, @Nullable Map<String, Object> attributes) {}
}
