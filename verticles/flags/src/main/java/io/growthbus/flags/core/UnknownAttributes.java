package io.growthbus.flags.core;

import java.util.AbstractMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Attributes of a user of whom nobody has said any: it notes whether one was looked at. Not
 * thread-safe.
 */
public final class UnknownAttributes extends AbstractMap<String, Object> {
  private boolean lookedAt;

  @Override
  public @Nullable Object get(@Nullable Object name) {
    lookedAt = true;
    return null;
  }

  /** Whether any attribute was looked at. */
  public boolean lookedAt() {
    return lookedAt;
  }

  @Override
  public Set<Map.Entry<String, Object>> entrySet() {
    return Set.of();
  }
}
