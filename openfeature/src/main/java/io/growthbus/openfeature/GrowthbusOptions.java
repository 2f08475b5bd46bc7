package io.growthbus.openfeature;

import io.growthbus.shared.client.FlagClientOptions;
import java.time.Duration;

/**
 * How a {@link GrowthbusProvider} works.
 *
 * @param client how it follows the flags; its {@code startTimeout} is how long the initialization
 *     waits
 * @param askTimeout how long an evaluation waits for the server when only that can answer; at most
 *     2 s count
 */
public record GrowthbusOptions(FlagClientOptions client, Duration askTimeout) {
  /** Ten seconds for the initialization, half a second for an answer of the server. */
  public static final GrowthbusOptions DEFAULTS =
      new GrowthbusOptions(FlagClientOptions.DEFAULTS, Duration.ofMillis(500));

  /**
   * @throws IllegalArgumentException when one is out of its range
   */
  public GrowthbusOptions {
    if (askTimeout.toMillis() < 1) {
      throw new IllegalArgumentException("askTimeout must be at least 1 ms");
    }
  }

  /** The same with another way to follow the flags. */
  public GrowthbusOptions withClient(FlagClientOptions other) {
    return new GrowthbusOptions(other, askTimeout);
  }

  /** The same with another wait for the server. */
  public GrowthbusOptions withAskTimeout(Duration most) {
    return new GrowthbusOptions(client, most);
  }
}
