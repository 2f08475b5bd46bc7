package io.growthbus.ingest.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How far the clock of a sender is off, by what it said when it sent.
 *
 * <p>The difference includes the time on the way, which is what remains uncertain.
 */
public final class SenderClock {
  /**
   * Largest difference that is believed, in hours.
   *
   * <p>A batch that is replayed as it was, long after it was sent, looks like one from a clock that
   * is far behind. Correcting that would make its old events new again after their ids are
   * forgotten; so it is not corrected, and they are refused for their age.
   */
  public static final int BELIEVED_HOURS = 24;

  private static final long BELIEVED_MS = Duration.ofHours(BELIEVED_HOURS).toMillis();

  private SenderClock() {}

  /**
   * What to add to a time of the sender, in ms.
   *
   * @param sentAtMs when the batch was sent by the sender's clock, ms since the epoch, or null
   * @param receivedAtMs when the server got it, ms since the epoch
   * @return 0 when the sender did not say, or something that is not believed
   */
  public static long behindMs(@Nullable Long sentAtMs, long receivedAtMs) {
    if (sentAtMs == null
        || sentAtMs < receivedAtMs - BELIEVED_MS
        || sentAtMs > receivedAtMs + BELIEVED_MS) {
      return 0;
    }
    return receivedAtMs - sentAtMs;
  }
}
