package io.growthbus.bench.flags;

import io.growthbus.bench.ingest.Checks;
import io.growthbus.bench.ingest.Figures;
import io.growthbus.bench.ingest.Goal;
import io.growthbus.bench.ingest.LatencyHistogram;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** What is said of a run, to people and as JSON. */
final class FlagsReport {
  private FlagsReport() {}

  static List<Goal> goals(Figures figures, Map<String, LatencyHistogram> changes) {
    List<Goal> goals = new ArrayList<>();
    inTheJvm(figures, goals);
    overHttp(figures, goals);
    overTheBus(figures, goals);
    goals.add(
        Goal.atMost(
            "p99 from the answer to a change until the last of three nodes has it",
            " ms",
            50,
            p99(changes, Changes.NODES)));
    goals.add(
        Goal.atMost(
            "the same until a service in the cluster has it",
            " ms",
            50,
            p99(changes, Changes.SERVICE)));
    return goals;
  }

  private static void inTheJvm(Figures figures, List<Goal> goals) {
    String product = Evaluators.CLIENT;
    String nanos = Evaluators.ROLLOUT_NS;
    goals.add(Goal.atMost("one flag in the JVM", " ns", 15, figures.median(product, nanos)));
    goals.add(
        Goal.atMost(
            "bytes that it allocates", " B", 0, figures.median(product, Evaluators.ROLLOUT_BYTES)));
    goals.add(
        Goal.atLeast(
            "times faster than LaunchDarkly",
            " x",
            15,
            figures.ratio(Evaluators.LAUNCHDARKLY, product, nanos)));
    goals.add(
        Goal.atLeast(
            "times faster than Unleash",
            " x",
            300,
            figures.ratio(Evaluators.UNLEASH, product, nanos)));
    goals.add(
        Goal.atLeast(
            "times faster than flagd", " x", 300, figures.ratio(Evaluators.FLAGD, product, nanos)));
    goals.add(
        Goal.atMost(
            "a rule over three attributes",
            " ns",
            60,
            figures.median(product, Evaluators.RULE_NS)));
  }

  private static void overHttp(Figures figures, List<Goal> goals) {
    goals.add(
        Goal.atLeast(
            "one flag over HTTP, of a bare server",
            " x",
            0.60,
            figures.ratio(OverHttp.ONE, OverHttp.BARE_ONE, Figures.RATE)));
    goals.add(
        Goal.atLeast(
            "one flag over HTTP, of unleash-server",
            " x",
            34,
            figures.ratio(OverHttp.ONE, OverHttp.UNLEASH_ONE, Figures.RATE)));
    goals.add(
        Goal.atLeast(
            "100 flags over HTTP, of unleash-server",
            " x",
            30,
            figures.ratio(OverHttp.ALL, OverHttp.UNLEASH_ALL, Figures.RATE)));
  }

  private static void overTheBus(Figures figures, List<Goal> goals) {
    for (int inFlight : OverBus.IN_FLIGHT) {
      goals.add(
          Goal.atLeast(
              "one flag over the bus, of a bare echo, " + inFlight + " under way",
              " x",
              0.90,
              figures.ratio(OverBus.JSON, OverBus.BARE, OverBus.metric(Figures.RATE, inFlight))));
      goals.add(
          Goal.atMost(
              "its p99, of that of the echo, " + inFlight + " under way",
              " x",
              1.2,
              figures.ratio(OverBus.JSON, OverBus.BARE, OverBus.metric(Figures.P99, inFlight))));
    }
  }

  static void print(
      Figures figures,
      Map<String, Integer> connections,
      Map<String, LatencyHistogram> changes,
      List<Goal> goals,
      Checks checks) {
    System.out.printf(
        Locale.ROOT, "%n%-15s %12s %8s %12s %8s%n", "median of", "rollout ns", "B", "rule ns", "B");
    for (String subject : figures.subjects()) {
      if (figures.median(subject, Evaluators.ROLLOUT_NS).isPresent()) {
        System.out.printf(
            Locale.ROOT,
            "%-15s %12s %8s %12s %8s%n",
            subject,
            number("%,.1f", figures.median(subject, Evaluators.ROLLOUT_NS)),
            number("%,.0f", figures.median(subject, Evaluators.ROLLOUT_BYTES)),
            number("%,.1f", figures.median(subject, Evaluators.RULE_NS)),
            number("%,.0f", figures.median(subject, Evaluators.RULE_BYTES)));
      }
    }
    System.out.println();
    for (String subject : figures.subjects()) {
      Integer used = connections.get(subject);
      if (used != null) {
        rate(figures, subject + ", " + used + " connections", subject, "");
      }
      for (int inFlight : OverBus.IN_FLIGHT) {
        String suffix = OverBus.metric("", inFlight);
        if (figures.median(subject, Figures.RATE + suffix).isPresent()) {
          rate(figures, subject + ", " + inFlight + " under way", subject, suffix);
        }
      }
    }
    System.out.println();
    changes.forEach(
        (what, times) ->
            System.out.printf(
                Locale.ROOT,
                "%-32s p50 %6.2f ms, p99 %6.2f ms, longest %6.2f ms of %d changes%n",
                what,
                times.percentileMs(0.50),
                times.percentileMs(0.99),
                times.percentileMs(1),
                times.total()));
    System.out.println("Goals");
    goals.forEach(goal -> System.out.println("  " + goal.text()));
    System.out.printf(
        Locale.ROOT, "Checks: %d made, %d failed%n", checks.made(), checks.failed().size());
    checks.failed().forEach(problem -> System.out.println("  " + problem));
  }

  private static void rate(Figures figures, String title, String subject, String suffix) {
    System.out.printf(
        Locale.ROOT,
        "%-32s %9s/s, p50 %8s ms, p99 %8s ms%n",
        title,
        number("%,.0f", figures.median(subject, Figures.RATE + suffix)),
        number("%.3f", figures.median(subject, Figures.P50 + suffix)),
        number("%.3f", figures.median(subject, Figures.P99 + suffix)));
  }

  static JsonObject toJson(Map<String, LatencyHistogram> changes) {
    JsonObject json = new JsonObject();
    changes.forEach(
        (what, times) ->
            json.put(
                what,
                new JsonObject()
                    .put("changes", times.total())
                    .put("p50_ms", times.percentileMs(0.50))
                    .put("p99_ms", times.percentileMs(0.99))
                    .put("longest_ms", times.percentileMs(1))));
    return json;
  }

  private static OptionalDouble p99(Map<String, LatencyHistogram> changes, String what) {
    LatencyHistogram times = changes.get(what);
    return times == null || times.total() == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(times.percentileMs(0.99));
  }

  private static String number(String format, OptionalDouble value) {
    return value.isPresent() ? String.format(Locale.ROOT, format, value.getAsDouble()) : "-";
  }
}
