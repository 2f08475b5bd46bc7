package io.growthbus.shared.flags;

import org.jspecify.annotations.Nullable;

/** Every answer that a boolean flag can give: value, variant and the reason. */
public enum FlagDecision {
  /** The rollout reaches everyone. */
  ON_FOR_ALL(true, "on", "STATIC"),
  /** The rollout reaches nobody. */
  OFF_FOR_ALL(false, "off", "STATIC"),
  /** The user is named in the definition. */
  TARGETED(true, "on", "TARGETING_MATCH"),
  /** The user's bucket is inside the rollout. */
  IN_ROLLOUT(true, "on", "SPLIT"),
  /** The user's bucket is outside of the rollout. */
  OUT_OF_ROLLOUT(false, "off", "SPLIT"),
  /** The flag is switched off. */
  DISABLED(false, "off", "DISABLED"),
  /** There is no such flag. */
  UNKNOWN_FLAG(false, null, "FLAG_NOT_FOUND"),
  /** A partial rollout needs a user, and none was named. */
  NO_USER(false, "off", "TARGETING_KEY_MISSING");

  private final boolean value;
  private final @Nullable String variant;
  private final String reason;

  FlagDecision(boolean value, @Nullable String variant, String reason) {
    this.value = value;
    this.variant = variant;
    this.reason = reason;
  }

  public boolean value() {
    return value;
  }

  /** {@code on} or {@code off}; null when there is no such flag. */
  public @Nullable String variant() {
    return variant;
  }

  /** Reason in OpenFeature's words. */
  public String reason() {
    return reason;
  }
}
