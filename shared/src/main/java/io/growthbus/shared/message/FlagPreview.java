package io.growthbus.shared.message;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a flag answers for each context, in their order.
 *
 * @param revision revision of the definitions that the proposed one was put among
 */
public record FlagPreview(long revision, List<Previewed> answers) {

  /**
   * The answers for one context.
   *
   * @param proposed null when no definition was proposed
   */
  public record Previewed(FlagAnswer current, @Nullable FlagAnswer proposed) {}
}
