package io.growthbus.bench.flags;

import java.time.Duration;
import java.util.List;

/**
 * How much is measured.
 *
 * @param rounds of each part, in rotated order
 * @param warmUps iterations of JMH that are not counted
 * @param iterations of JMH that are
 * @param iteration length of either
 * @param warmUp of each server and each bus, not counted
 * @param ramp before each measurement, not counted
 * @param window of each measurement
 * @param trial of each number of connections
 * @param connections numbers that are tried
 * @param changes of a flag whose way to the last node is timed
 */
record FlagsPlan(
    int rounds,
    int warmUps,
    int iterations,
    Duration iteration,
    Duration warmUp,
    Duration ramp,
    Duration window,
    Duration trial,
    List<Integer> connections,
    int changes) {

  /** The plan of a real run. */
  static FlagsPlan standard(int rounds) {
    return new FlagsPlan(
        rounds,
        5,
        3,
        Duration.ofSeconds(1),
        Duration.ofSeconds(10),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(3),
        List.of(8, 32, 64),
        200);
  }

  /** Everything once, so short that the figures mean nothing. */
  static FlagsPlan quick() {
    return new FlagsPlan(
        1,
        2,
        1,
        Duration.ofMillis(500),
        Duration.ofSeconds(2),
        Duration.ofMillis(200),
        Duration.ofSeconds(1),
        Duration.ofMillis(500),
        List.of(32),
        20);
  }
}
