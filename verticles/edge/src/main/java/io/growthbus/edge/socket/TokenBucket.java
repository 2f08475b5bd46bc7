package io.growthbus.edge.socket;

/** Allows a steady rate with bursts of twice as much. Not thread-safe. */
final class TokenBucket {
  private static final double BURST = 2;

  private final double perMs;
  private final double most;
  private double tokens;
  private long lastMs;

  TokenBucket(int perSecond, long nowMs) {
    this.perMs = perSecond / 1000.0;
    this.most = perSecond * BURST;
    this.tokens = most;
    this.lastMs = nowMs;
  }

  /** Takes one, if there is one. */
  boolean take(long nowMs) {
    tokens = Math.min(most, tokens + Math.max(0, nowMs - lastMs) * perMs);
    lastMs = nowMs;
    if (tokens < 1) {
      return false;
    }
    tokens--;
    return true;
  }
}
