package io.growthbus.shared.client;

import java.util.SortedSet;

/**
 * Is told what happens to the flags of a {@link FlagClient}, in order and on one event loop, which
 * it must not block.
 */
public interface FlagListener {
  /** The client has this state now. */
  default void stateChanged(FlagClientState state) {}

  /**
   * The client answers from a higher revision now. Not told of the first definitions.
   *
   * @param keys of the flags that may answer otherwise than before: added, removed or changed,
   *     themselves or over what they name
   */
  default void flagsChanged(long revision, SortedSet<String> keys) {}
}
