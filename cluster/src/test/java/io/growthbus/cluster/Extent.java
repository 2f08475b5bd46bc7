package io.growthbus.cluster;

import java.time.Duration;

/**
 * How long faults go on: some of each kind in every build, or with {@code -Dfaults=full} the
 * numbers of the long run.
 */
record Extent(
    int nodeKills,
    int databaseRestarts,
    int databaseKills,
    Duration connectionKills,
    Duration freeze,
    Duration slow,
    Duration busDrop,
    int stormUsers,
    int leastCapRaces,
    Duration capRaces) {

  static Extent asked() {
    return "full".equals(System.getProperty("faults"))
        ? new Extent(
            20,
            10,
            2,
            Duration.ofSeconds(60),
            Duration.ofSeconds(30),
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            1_000,
            500,
            Duration.ofMinutes(4))
        : new Extent(
            2,
            2,
            1,
            Duration.ofSeconds(4),
            Duration.ofSeconds(1),
            Duration.ofSeconds(4),
            Duration.ofSeconds(10),
            100,
            1,
            Duration.ofSeconds(20));
  }
}
