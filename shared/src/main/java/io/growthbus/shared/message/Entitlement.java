package io.growthbus.shared.message;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a user may use, and how well that is known.
 *
 * @param limits numeric limits by name; unlimited ones are absent here and named in {@code
 *     unlimited}
 * @param lastSyncMs when this was read from PostgreSQL, ms since the epoch; 0 for {@code fallback}
 * @param state how well we know: fresh, stale, grace, fallback
 * @param reason why this tier, in snake case ({@code none}, {@code active}, {@code trial}, {@code
 *     renewal_pending}, …)
 * @param graceUntilMs when the grace ends, ms since the epoch, or null
 * @param expiresAtMs when the tier ends unless billing says more, ms since the epoch, or null
 * @param revision grows with each change of this user, 0 when there was none
 * @param atMs the moment of the past that this is about, ms since the epoch; null = now
 */
public record Entitlement(
    String userId,
    String tier,
    Map<String, Long> limits,
    List<String> unlimited,
    List<String> features,
    long lastSyncMs,
    State state,
    String reason,
    @Nullable Long graceUntilMs,
    @Nullable Long expiresAtMs,
    long revision,
    @Nullable Long atMs) {

  /** One of now. */
  public Entitlement(
      String userId,
      String tier,
      Map<String, Long> limits,
      List<String> unlimited,
      List<String> features,
      long lastSyncMs,
      State state,
      String reason,
      @Nullable Long graceUntilMs,
      @Nullable Long expiresAtMs,
      long revision) {
    this(
        userId,
        tier,
        limits,
        unlimited,
        features,
        lastSyncMs,
        state,
        reason,
        graceUntilMs,
        expiresAtMs,
        revision,
        null);
  }

  /** How well an entitlement is known; says nothing about which tier it is. */
  public enum State {
    /** Read from PostgreSQL within the TTL. */
    FRESH,
    /** Older than the TTL because PostgreSQL could not be read; deadlines still hold. */
    STALE,
    /** Kept although a payment failed or a renewal is late, until {@code graceUntilMs}. */
    GRACE,
    /** The truth could not be read; the fallback tier is a guess and never a reason to sell. */
    FALLBACK
  }
}
