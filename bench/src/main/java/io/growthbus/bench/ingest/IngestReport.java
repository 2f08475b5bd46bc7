package io.growthbus.bench.ingest;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** What is said of a run, to people and as JSON. */
final class IngestReport {
  private static final String MISSING = "-";

  private IngestReport() {}

  /** One measurement of a server. */
  static String line(String name, Load.Result result) {
    return String.format(
        Locale.ROOT,
        "%-22s %,9.0f events/s, p50 %6.1f ms, p99 %6.1f ms",
        name,
        result.eventsPerSecond(),
        result.p50Ms(),
        result.p99Ms());
  }

  static void print(
      Figures figures,
      Map<String, Integer> connections,
      BenchDatabase.Rows rows,
      List<GrowthCurve.Point> curve,
      List<Goal> goals,
      Checks checks) {
    System.out.println();
    table(figures, connections).forEach(System.out::println);
    System.out.printf(
        Locale.ROOT,
        """

        copy       one stream, %,d rows as the product stored them, into tables with the columns and
                   indexes of ingest.event and ingest.event_id, not partitioned; one commit
        copy_bare  the same rows, six columns, one index
        statement  the product's commit without HTTP, 2 connections, 1,000 events a group
        http       the product over HTTP, batches of %d, random ids; http_uuid7: ids of version 7
        express, fastify   one idempotent multi-row insert a request into a table with the columns
                   and indexes of ingest.event and the id as key; no keys, no contracts, no scrubbing
        """,
        rows.count(),
        EventBatches.EVENTS);
    System.out.println("Growth");
    curve.forEach(point -> System.out.println("  " + GrowthCurve.text(point)));
    System.out.println("Goals");
    goals.forEach(goal -> System.out.println("  " + goal.text()));
    System.out.printf(
        Locale.ROOT, "Checks: %d made, %d failed%n", checks.made(), checks.failed().size());
    checks.failed().forEach(problem -> System.out.println("  " + problem));
  }

  /** The medians, a line for each subject. */
  static List<String> table(Figures figures, Map<String, Integer> connections) {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%-10s %11s %23s %8s %6s %17s %17s",
            "median of",
            "per second",
            "(lowest - highest)",
            "/ copy",
            "conns",
            "p50 / p99 ms",
            "half: p50 / p99"));
    for (String subject : figures.subjects()) {
      List<Double> rates = figures.rounds(subject, Figures.RATE);
      String range =
          String.format(
              Locale.ROOT,
              "(%,.0f - %,.0f)",
              rates.stream().mapToDouble(rate -> rate).min().orElse(0),
              rates.stream().mapToDouble(rate -> rate).max().orElse(0));
      Integer used = connections.get(subject);
      lines.add(
          String.format(
              Locale.ROOT,
              "%-10s %11s %23s %8s %6s %17s %17s",
              subject,
              number("%,.0f", figures.median(subject, Figures.RATE)),
              range,
              number("%.2f", figures.ratio(subject, Subjects.COPY, Figures.RATE)),
              used == null ? MISSING : used.toString(),
              pair(figures, subject, Figures.P50, Figures.P99),
              pair(figures, subject, Figures.HALF_P50, Figures.HALF_P99)));
    }
    return lines;
  }

  /** Every ratio that a goal speaks of, and what HTTP costs. */
  static JsonObject ratios(Figures figures) {
    JsonObject ratios = new JsonObject();
    for (String other :
        List.of(
            Subjects.COPY,
            Subjects.COPY_BARE,
            Subjects.STATEMENT,
            Subjects.EXPRESS,
            Subjects.FASTIFY)) {
      figures
          .ratio(Subjects.PRODUCT, other, Figures.RATE)
          .ifPresent(ratio -> ratios.put("http_over_" + other, ratio));
    }
    return ratios;
  }

  static JsonObject toJson(IngestPlan plan) {
    return new JsonObject()
        .put("rounds", plan.rounds())
        .put("warm_up_ms", plan.warmUp().toMillis())
        .put("ramp_ms", plan.ramp().toMillis())
        .put("window_ms", plan.window().toMillis())
        .put("connections", new JsonArray(plan.connections()))
        .put("rows", plan.rows())
        .put("curve_rows", plan.curveRows());
  }

  private static String pair(Figures figures, String subject, String first, String second) {
    return number("%.1f", figures.median(subject, first))
        + " / "
        + number("%.1f", figures.median(subject, second));
  }

  private static String number(String format, OptionalDouble value) {
    return value.isPresent() ? String.format(Locale.ROOT, format, value.getAsDouble()) : MISSING;
  }
}
