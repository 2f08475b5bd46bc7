package io.growthbus.shared.client;

import java.time.Duration;

/**
 * How a {@link FlagClient} follows the flags.
 *
 * @param poll how often it looks for a change whose broadcast was lost, give or take a fifth; 100
 *     ms to 1 h
 * @param startTimeout how long the start waits for the first definitions; at most 1 h
 */
public record FlagClientOptions(Duration poll, Duration startTimeout) {
  private static final Duration SHORTEST_POLL = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofHours(1);

  /** Every ten seconds; the start waits for ten seconds. */
  public static final FlagClientOptions DEFAULTS =
      new FlagClientOptions(Duration.ofSeconds(10), Duration.ofSeconds(10));

  /**
   * @throws IllegalArgumentException when one is out of its range
   */
  public FlagClientOptions {
    if (poll.compareTo(SHORTEST_POLL) < 0 || poll.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("poll must be 100 ms to 1 h");
    }
    if (startTimeout.toMillis() < 1 || startTimeout.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("startTimeout must be 1 ms to 1 h");
    }
  }

  /** The same with another interval of polling. */
  public FlagClientOptions withPoll(Duration interval) {
    return new FlagClientOptions(interval, startTimeout);
  }

  /** The same with another wait at the start. */
  public FlagClientOptions withStartTimeout(Duration most) {
    return new FlagClientOptions(poll, most);
  }
}
