package io.growthbus.bench.ingest;

import java.time.Duration;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * How much is measured.
 *
 * @param warmUp of each server, not counted
 * @param ramp before each measurement, not counted
 * @param window of each measurement
 * @param trial of each number of connections
 * @param connections numbers that are tried
 * @param rows for {@code COPY} and for the bare statement
 * @param curveRows at which the growth curve ends
 * @param curveWindow of each measurement on the curve
 * @param profileWindow of the recording
 */
record IngestPlan(
    int rounds,
    Duration warmUp,
    Duration ramp,
    Duration window,
    Duration trial,
    List<Integer> connections,
    int rows,
    long curveRows,
    Duration curveWindow,
    Duration profileWindow) {

  /** Where the growth curve ends unless told otherwise. */
  static final long SHORT_CURVE = 300_000;

  /** From here on the curve is measured where a growing installation would look at it. */
  private static final long LONG_CURVE = 1_000_000;

  /** The plan of a real run. */
  static IngestPlan standard(int rounds, long curveRows) {
    return new IngestPlan(
        rounds,
        Duration.ofSeconds(12),
        Duration.ofSeconds(1),
        Duration.ofSeconds(6),
        Duration.ofSeconds(3),
        List.of(32, 64, 128, 256),
        200_000,
        curveRows,
        Duration.ofSeconds(4),
        Duration.ofSeconds(20));
  }

  /** Everything once, so short that the figures mean nothing. */
  static IngestPlan quick() {
    return new IngestPlan(
        1,
        Duration.ofSeconds(1),
        Duration.ofMillis(200),
        Duration.ofMillis(800),
        Duration.ofMillis(500),
        List.of(16, 32),
        4_000,
        9_000,
        Duration.ofMillis(500),
        Duration.ofSeconds(3));
  }

  /** Sizes at which the growth curve is measured, ascending, from 0. */
  List<Long> curve() {
    DoubleStream parts =
        curveRows < LONG_CURVE
            ? DoubleStream.of(0, 1 / 3.0, 2 / 3.0, 1)
            : DoubleStream.of(0, 0.05, 0.25, 0.5, 1);
    return parts.mapToObj(part -> Math.round(part * curveRows)).distinct().toList();
  }

  /** Bytes of disk that a run may need: both copies of the curve, their indexes, the log. */
  long diskBytes() {
    return 4_000_000_000L + 1_600 * curveRows;
  }
}
