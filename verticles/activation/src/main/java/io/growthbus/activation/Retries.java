package io.growthbus.activation;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;

/**
 * Does again what rooms that did not answer have held up: a few times, soon, and not for more than
 * a number of users at a time. After that it is left to the sweep, which comes more rarely.
 *
 * <p>Lives on one event loop; not thread-safe.
 */
final class Retries {
  private static final List<Duration> PAUSES =
      List.of(Duration.ofMillis(300), Duration.ofSeconds(1), Duration.ofSeconds(3));
  private static final int MOST = 5_000;

  private final Vertx vertx;
  private int waiting;

  Retries(Vertx vertx) {
    this.vertx = vertx;
  }

  /**
   * Plans a repetition, if there is to be one.
   *
   * @param before how often it was repeated already
   */
  void plan(int before, Runnable work) {
    if (before < PAUSES.size() && waiting < MOST) {
      waiting++;
      vertx.setTimer(
          PAUSES.get(before).toMillis(),
          due -> {
            waiting--;
            work.run();
          });
    }
  }
}
