package io.growthbus.ingest.core;

import io.growthbus.ingest.core.EventVerdict.Accepted;
import io.growthbus.ingest.core.EventVerdict.ConsentMissing;
import io.growthbus.ingest.core.EventVerdict.Rejected;
import io.growthbus.shared.config.GrowthConfig;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Decides about one event: its consent, its time, its user, in this order. What its properties may
 * be is the matter of its contract.
 */
public final class EventRules {
  /** Oldest event that is accepted, in days before the server's time. */
  public static final int OLDEST_DAYS = 30;

  /** Furthest event that is accepted, in hours ahead of the server's time. */
  public static final int FURTHEST_HOURS = 24;

  /** Code of an event that names another user than the token of its sender. */
  public static final String IDENTITY_MISMATCH = "identity_mismatch";

  private static final long OLDEST_MS = Duration.ofDays(OLDEST_DAYS).toMillis();
  private static final long FURTHEST_MS = Duration.ofHours(FURTHEST_HOURS).toMillis();

  private EventRules() {}

  /**
   * The verdict on an event.
   *
   * @param provenUserId user of the sender's token, or null
   * @param trusted whether the sender may speak for any user
   * @param nowMs the time now by the clock that made the event's timestamp, ms since the epoch
   */
  public static EventVerdict decide(
      TelemetryEvent event,
      GrowthConfig config,
      @Nullable String provenUserId,
      boolean trusted,
      long nowMs) {
    // First: what else may be wrong with it is nobody's business without consent.
    return consents(event.consent(), config)
        ? decideConsented(event, config, provenUserId, trusted, nowMs)
        : new ConsentMissing();
  }

  /** As {@link #decide}, of an event whose consent is given by others that are stored. */
  public static EventVerdict decideConsented(
      TelemetryEvent event,
      GrowthConfig config,
      @Nullable String provenUserId,
      boolean trusted,
      long nowMs) {
    if (event.timestampMs() < nowMs - OLDEST_MS) {
      return new Rejected(
          "timestamp_too_old",
          "The event is older than " + OLDEST_DAYS + " days; such events are not stored.",
          "/timestamp");
    }
    if (event.timestampMs() > nowMs + FURTHEST_MS) {
      return new Rejected(
          "timestamp_in_future",
          "The event is more than "
              + FURTHEST_HOURS
              + " hours ahead; check the clock (ms since the epoch).",
          "/timestamp");
    }
    if (!trusted
        && provenUserId != null
        && event.userId() != null
        && !provenUserId.equals(event.userId())) {
      return new Rejected(
          IDENTITY_MISMATCH,
          "The event names another user than the token; send it with that user's own token.",
          "/user_id");
    }
    boolean believed = trusted || config.identity() == GrowthConfig.Identity.OPEN;
    boolean proven = provenUserId != null && provenUserId.equals(event.userId());
    return new Accepted(event.userId() != null && (believed || proven));
  }

  /** Whether an event of which this is said may be stored. */
  public static boolean consents(@Nullable ConsentStatement said, GrowthConfig config) {
    return (said == null ? ConsentStatement.NONE : said)
        .permits(config.consent().purpose(), config.consent().required());
  }
}
