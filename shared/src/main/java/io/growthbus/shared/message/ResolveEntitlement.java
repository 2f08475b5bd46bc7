package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Asks what a user may use.
 *
 * @param atMs the moment that the question is about, ms since the epoch, not after now; null = now
 */
public record ResolveEntitlement(String userId, @Nullable Long atMs) {

  /** Asks what a user may use now. */
  public ResolveEntitlement(String userId) {
    this(userId, null);
  }
}
