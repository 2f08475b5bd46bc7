package io.growthbus.bench.ingest;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** What was measured of each subject, round by round. */
public final class Figures {
  /** Rows or events per second. */
  public static final String RATE = "per_second";

  /** Latency at saturation in ms. */
  public static final String P50 = "p50_ms";

  public static final String P99 = "p99_ms";

  /** The same at half of the rate that was measured just before. */
  static final String HALF_P50 = "half_load_p50_ms";

  static final String HALF_P99 = "half_load_p99_ms";

  private final Map<String, Map<String, List<Double>>> bySubject = new LinkedHashMap<>();

  public void add(String subject, String metric, double value) {
    bySubject
        .computeIfAbsent(subject, name -> new LinkedHashMap<>())
        .computeIfAbsent(metric, name -> new ArrayList<>())
        .add(value);
  }

  /** Subjects in the order in which they were first measured. */
  public List<String> subjects() {
    return List.copyOf(bySubject.keySet());
  }

  /** All rounds of a metric; empty when it was not measured. */
  public List<Double> rounds(String subject, String metric) {
    return bySubject.getOrDefault(subject, Map.of()).getOrDefault(metric, List.of());
  }

  /** The median of the rounds, if there are any. */
  public OptionalDouble median(String subject, String metric) {
    List<Double> rounds = rounds(subject, metric);
    return rounds.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Statistics.median(rounds));
  }

  /**
   * The median of the ratios of two subjects, each ratio of one round: what moves both of them in a
   * round does not move the ratio.
   */
  public OptionalDouble ratio(String subject, String other, String metric) {
    List<Double> above = rounds(subject, metric);
    List<Double> below = rounds(other, metric);
    if (above.isEmpty() || above.size() != below.size()) {
      return OptionalDouble.empty();
    }
    List<Double> ratios = new ArrayList<>(above.size());
    for (int i = 0; i < above.size(); i++) {
      ratios.add(above.get(i) / below.get(i));
    }
    return OptionalDouble.of(Statistics.median(ratios));
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    bySubject.forEach(
        (subject, metrics) -> {
          JsonObject figures = new JsonObject();
          metrics.forEach(
              (metric, rounds) ->
                  figures.put(
                      metric,
                      new JsonObject()
                          .put("median", Statistics.median(rounds))
                          .put("rounds", new JsonArray(rounds))));
          json.put(subject, figures);
        });
    return json;
  }
}
