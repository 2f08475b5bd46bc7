package io.growthbus.cluster;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Whether a balancer may send requests to this node.
 *
 * <p>Each check answers nothing when all is well, else one sentence. A check that takes longer than
 * two seconds counts as failed.
 */
final class Readiness {
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Map<String, Supplier<Future<Optional<String>>>> checks = new LinkedHashMap<>();
  private volatile boolean open;
  private volatile boolean draining;

  /** Adds a check; only while the node starts. */
  void add(String name, Supplier<Future<Optional<String>>> check) {
    checks.put(name, check);
  }

  /** From now on the node is ready when all checks pass. */
  void open() {
    open = true;
  }

  /** From now on the node is not ready, for good: it starts to drain. */
  void drain() {
    draining = true;
  }

  /** The state as JSON: {@code {status: UP | DOWN, checks: [{name, status, detail?}]}}. */
  Future<JsonObject> state() {
    if (!open || draining) {
      return Future.succeededFuture(
          report(List.of(check("node", Optional.of("starting or stopping")))));
    }
    List<Future<JsonObject>> results = new ArrayList<>();
    checks.forEach(
        (name, probe) ->
            results.add(
                Future.succeededFuture()
                    .compose(nothing -> probe.get())
                    .timeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                    .otherwise(failure -> Optional.of("does not answer"))
                    .map(problem -> check(name, problem))));
    return Future.all(results).map(done -> report(done.list()));
  }

  private static JsonObject check(String name, Optional<String> problem) {
    JsonObject check =
        new JsonObject().put("name", name).put("status", problem.isEmpty() ? "UP" : "DOWN");
    problem.ifPresent(detail -> check.put("detail", detail));
    return check;
  }

  private static JsonObject report(List<JsonObject> checks) {
    boolean up = checks.stream().allMatch(check -> "UP".equals(check.getString("status")));
    return new JsonObject().put("status", up ? "UP" : "DOWN").put("checks", new JsonArray(checks));
  }
}
