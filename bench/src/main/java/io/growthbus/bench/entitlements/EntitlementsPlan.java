package io.growthbus.bench.entitlements;

import java.time.Duration;

/**
 * How much is measured.
 *
 * @param nodes of the cluster, and members of the bare one
 * @param rounds in which everything is measured once
 * @param ramp before each measurement, not counted
 * @param window of each measurement
 * @param changes reported by billing in each round
 * @param warmUpChanges before the first round, not counted
 * @param pause after each change
 */
record EntitlementsPlan(
    int nodes,
    int rounds,
    Duration ramp,
    Duration window,
    int changes,
    int warmUpChanges,
    Duration pause) {

  static EntitlementsPlan standard(int rounds) {
    return new EntitlementsPlan(
        3, rounds, Duration.ofSeconds(1), Duration.ofSeconds(3), 80, 300, Duration.ofMillis(20));
  }

  /** Everything once, so short that the figures mean nothing. */
  static EntitlementsPlan quick() {
    return new EntitlementsPlan(
        2, 1, Duration.ofMillis(300), Duration.ofMillis(500), 20, 10, Duration.ofMillis(5));
  }
}
