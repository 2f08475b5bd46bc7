package io.growthbus.bench.ingest;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Weights by name, and which names weigh most. */
final class Ranking {
  private final Map<String, Long> weights = new HashMap<>();
  private long total;

  /**
   * A name and its part of the whole.
   *
   * @param share from 0 to 1
   */
  record Place(String name, long weight, double share) {}

  void add(String name, long weight) {
    weights.merge(name, weight, Long::sum);
    total += weight;
  }

  long total() {
    return total;
  }

  /** The heaviest first; of the same weight in the order of their names. */
  List<Place> top(int most) {
    return weights.entrySet().stream()
        .sorted(
            Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(most)
        .map(
            e ->
                new Place(e.getKey(), e.getValue(), total == 0 ? 0 : (double) e.getValue() / total))
        .toList();
  }

  JsonArray toJson(int most) {
    JsonArray json = new JsonArray();
    top(most)
        .forEach(
            place ->
                json.add(new JsonObject().put("name", place.name()).put("share", place.share())));
    return json;
  }
}
