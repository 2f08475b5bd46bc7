package io.growthbus.bench.entitlements;

import io.growthbus.bench.ingest.Checks;
import io.growthbus.bench.ingest.Figures;
import io.growthbus.bench.ingest.Goal;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What is said of a run. */
final class EntitlementsReport {
  private static final Map<String, String> PEERS =
      Map.of("bus_1", "bare_bus_1", "bus_64", "bare_bus_64", "http", "bare_http");

  private EntitlementsReport() {}

  static void print(Figures figures, List<Goal> goals, Checks checks, JsonObject changes) {
    System.out.println();
    System.out.println("median of     per second   p50 ms   p99 ms");
    for (String subject : figures.subjects()) {
      System.out.printf(
          Locale.ROOT,
          "%-12s %,11.0f %8.3f %8.3f%n",
          subject,
          figures.median(subject, Figures.RATE).orElse(0),
          figures.median(subject, Figures.P50).orElse(0),
          figures.median(subject, Figures.P99).orElse(0));
    }
    System.out.println("Ratios " + ratios(figures).encode());
    System.out.printf(Locale.ROOT, "Changes: %d%n", changes.getLong("count"));
    changes.forEach(
        change -> {
          if (change.getValue() instanceof JsonObject latencies) {
            System.out.printf(
                Locale.ROOT,
                "  %-30s p50 %7.3f ms, p99 %7.3f ms%n",
                change.getKey(),
                latencies.getDouble("p50_ms"),
                latencies.getDouble("p99_ms"));
          }
        });
    System.out.println("Goals");
    goals.forEach(goal -> System.out.println("  " + goal.text()));
    System.out.printf(
        Locale.ROOT, "Checks: %d made, %d failed%n", checks.made(), checks.failed().size());
    checks.failed().forEach(problem -> System.out.println("  " + problem));
  }

  /** Each subject over its peer. */
  static JsonObject ratios(Figures figures) {
    JsonObject ratios = new JsonObject();
    PEERS.forEach(
        (subject, peer) -> {
          figures
              .ratio(subject, peer, Figures.RATE)
              .ifPresent(ratio -> ratios.put(subject + "_rate", ratio));
          figures
              .ratio(subject, peer, Figures.P99)
              .ifPresent(ratio -> ratios.put(subject + "_p99", ratio));
        });
    return ratios;
  }
}
