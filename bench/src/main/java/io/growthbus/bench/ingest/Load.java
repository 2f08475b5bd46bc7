package io.growthbus.bench.ingest;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What a server is exposed to.
 *
 * @param connections each with one request under way at most
 * @param ramp before the measurement, not counted
 * @param window measured
 * @param requestsPerSecond sent at even distances whatever the answers take; 0 = each connection
 *     sends its next request when the last one is answered
 * @param cpuSeconds time that each process has used so far, asked before and after the window
 */
public record Load(
    InetSocketAddress server,
    int connections,
    Duration ramp,
    Duration window,
    double requestsPerSecond,
    Supplier<Map<String, Double>> cpuSeconds) {

  /** The same with requests at even distances. */
  Load atRate(double requests) {
    return new Load(server, connections, ramp, window, requests, cpuSeconds);
  }

  /** The same with another number of connections. */
  Load with(int otherConnections) {
    return new Load(server, otherConnections, ramp, window, requestsPerSecond, cpuSeconds);
  }

  /** The same with other times. */
  Load lasting(Duration otherRamp, Duration otherWindow) {
    return new Load(server, connections, otherRamp, otherWindow, requestsPerSecond, cpuSeconds);
  }

  /**
   * What came of it.
   *
   * @param eventsPerSecond accepted within the window
   * @param requestsPerSecond answered with 200 within the window
   * @param accepted events, before and after the window too
   * @param requests sent, before and after the window too
   * @param failures requests that were answered other than 200 or not at all
   * @param firstFailure what the first of them said; empty when there is none
   * @param cores what each process used on average within the window
   */
  public record Result(
      double eventsPerSecond,
      double requestsPerSecond,
      long accepted,
      long requests,
      long failures,
      String firstFailure,
      LatencyHistogram latencies,
      Map<String, Double> cores) {

    public double p50Ms() {
      return latencies.percentileMs(0.50);
    }

    public double p99Ms() {
      return latencies.percentileMs(0.99);
    }
  }
}
