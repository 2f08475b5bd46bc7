package io.growthbus.bench;

import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.Locale;
import java.util.Objects;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Benchmark {@code flags}: time and allocation of one evaluation, beside the plain algorithm. */
final class FlagsReport {
  private static final String ALLOCATION = "gc.alloc.rate.norm";

  private FlagsReport() {}

  static JsonObject run() throws RunnerException {
    System.out.println("flags: one boolean flag at 50 %, in the JVM (about 30 s)");
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(FlagEvaluation.class.getSimpleName())
                    .addProfiler(GCProfiler.class)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    double product = nanos(results, "snapshot");
    double plain = nanos(results, "plain");
    JsonObject figures =
        new JsonObject()
            .put("snapshot_ns", product)
            .put("snapshot_bytes", bytes(results, "snapshot"))
            .put("plain_ns", plain)
            .put("plain_bytes", bytes(results, "plain"))
            .put("snapshot_over_plain", product / plain);
    System.out.printf(
        Locale.ROOT,
        "  snapshot %6.1f ns %5.1f B/op%n  plain    %6.1f ns %5.1f B/op%n  ratio    %6.2f%n",
        product,
        figures.getDouble("snapshot_bytes"),
        plain,
        figures.getDouble("plain_bytes"),
        product / plain);
    return figures;
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
