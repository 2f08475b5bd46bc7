package io.growthbus.bench.ingest;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * Something that is aimed at, and what was measured.
 *
 * @param bound the least or the most that it may be
 * @param atLeast whether the bound is the least
 */
public record Goal(
    String name, String unit, double bound, boolean atLeast, OptionalDouble measured) {

  public static Goal atLeast(String name, String unit, double bound, OptionalDouble measured) {
    return new Goal(name, unit, bound, true, measured);
  }

  public static Goal atMost(String name, String unit, double bound, OptionalDouble measured) {
    return new Goal(name, unit, bound, false, measured);
  }

  public boolean isReached() {
    return measured.isPresent()
        && (atLeast ? measured.getAsDouble() >= bound : measured.getAsDouble() <= bound);
  }

  /** One line for people. */
  public String text() {
    String verdict = measured.isEmpty() ? "not measured" : isReached() ? "reached" : "NOT reached";
    String value =
        measured.isEmpty()
            ? ""
            : String.format(Locale.ROOT, ", %.2f%s", measured.getAsDouble(), unit);
    return String.format(
        Locale.ROOT,
        "%-12s %s %s %s%s%s",
        verdict,
        name,
        atLeast ? "at least" : "at most",
        trimmed(bound),
        unit,
        value);
  }

  /** All of them for a report. */
  public static JsonArray toJson(List<Goal> goals) {
    JsonArray json = new JsonArray();
    goals.forEach(
        goal ->
            json.add(
                new JsonObject()
                    .put("goal", goal.name())
                    .put(goal.atLeast() ? "at_least" : "at_most", goal.bound())
                    .put(
                        "measured",
                        goal.measured().isPresent() ? goal.measured().getAsDouble() : null)
                    .put("reached", goal.isReached())));
    return json;
  }

  /** The goals of ingest. */
  static List<Goal> of(Figures figures, OptionalDouble heldAsItGrows) {
    OptionalDouble overCopy = figures.ratio(Subjects.PRODUCT, Subjects.COPY, Figures.RATE);
    OptionalDouble overExpress = figures.ratio(Subjects.PRODUCT, Subjects.EXPRESS, Figures.RATE);
    OptionalDouble overFastify = figures.ratio(Subjects.PRODUCT, Subjects.FASTIFY, Figures.RATE);
    List<Goal> goals = new ArrayList<>();
    goals.add(atLeast("milestone: events/s over COPY", " x", 0.45, overCopy));
    goals.add(atLeast("goal: events/s over COPY", " x", 0.60, overCopy));
    goals.add(atLeast("stretch: events/s over COPY", " x", 0.90, overCopy));
    goals.add(
        atMost("p99 at saturation", " ms", 60, figures.median(Subjects.PRODUCT, Figures.P99)));
    goals.add(
        atMost("p99 at half load", " ms", 15, figures.median(Subjects.PRODUCT, Figures.HALF_P99)));
    goals.add(atLeast("goal: events/s over Express", " x", 2.5, overExpress));
    goals.add(atLeast("stretch: events/s over Express", " x", 3.5, overExpress));
    goals.add(atLeast("goal: events/s over Fastify", " x", 1.8, overFastify));
    goals.add(atLeast("stretch: events/s over Fastify", " x", 2.5, overFastify));
    goals.add(
        atMost(
            "p99 at saturation over that of Express",
            " x",
            0.5,
            figures.ratio(Subjects.PRODUCT, Subjects.EXPRESS, Figures.P99)));
    goals.add(
        atMost(
            "p99 at saturation over that of Fastify",
            " x",
            0.5,
            figures.ratio(Subjects.PRODUCT, Subjects.FASTIFY, Figures.P99)));
    goals.add(
        atLeast("rate over COPY with all rows, over the same without", " x", 0.8, heldAsItGrows));
    return goals;
  }

  private static String trimmed(double value) {
    return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
  }
}
