package io.growthbus.bench.entitlements;

import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.Locale;
import java.util.Objects;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Time and allocation of one look-up.
 *
 * @param cacheNanos of the room's cache
 * @param cacheBytes that it allocates
 * @param plainNanos of a plain map
 */
record LookUpReport(double cacheNanos, double cacheBytes, double plainNanos) {
  private static final String ALLOCATION = "gc.alloc.rate.norm";

  /** Measures, in JVMs of their own, and prints. */
  static LookUpReport run(boolean quick) throws RunnerException {
    System.out.println("Look-ups in the JVM");
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(EntitlementLookUp.class.getSimpleName())
            .addProfiler(GCProfiler.class)
            .verbosity(VerboseMode.SILENT);
    if (quick) {
      TimeValue moment = TimeValue.milliseconds(200);
      options
          .forks(1)
          .warmupIterations(1)
          .warmupTime(moment)
          .measurementIterations(1)
          .measurementTime(moment);
    }
    Collection<RunResult> results = new Runner(options.build()).run();
    LookUpReport report =
        new LookUpReport(nanos(results, "cache"), bytes(results, "cache"), nanos(results, "plain"));
    System.out.printf(
        Locale.ROOT,
        "  the room's cache %6.1f ns, %5.1f B; a plain map %6.1f ns; ratio %.2f%n",
        report.cacheNanos,
        report.cacheBytes,
        report.plainNanos,
        report.cacheNanos / report.plainNanos);
    return report;
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("cache_ns", cacheNanos)
        .put("cache_bytes", cacheBytes)
        .put("plain_map_ns", plainNanos)
        .put("cache_over_plain_map", cacheNanos / plainNanos);
  }

  private static double nanos(Collection<RunResult> results, String method) {
    return result(results, method).getPrimaryResult().getScore();
  }

  private static double bytes(Collection<RunResult> results, String method) {
    // Below a thousandth of a byte it is the profiler's own noise.
    double bytes =
        Objects.requireNonNull(result(results, method).getSecondaryResults().get(ALLOCATION))
            .getScore();
    return Math.round(bytes * 1_000) / 1_000.0;
  }

  private static RunResult result(Collection<RunResult> results, String method) {
    return results.stream()
        .filter(result -> result.getParams().getBenchmark().endsWith("." + method))
        .findFirst()
        .orElseThrow();
  }
}
