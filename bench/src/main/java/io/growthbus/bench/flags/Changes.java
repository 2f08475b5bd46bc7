package io.growthbus.bench.flags;

import io.growthbus.bench.flags.Http.Question;
import io.growthbus.bench.flags.peer.Users;
import io.growthbus.bench.ingest.Checks;
import io.growthbus.bench.ingest.LatencyHistogram;
import io.growthbus.bench.nodes.BenchKeys;
import io.growthbus.shared.client.FlagClient;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * How long a change takes to reach everyone: a flag is put on the first node, and every node, and a
 * service that follows the flags, are asked again and again until their answer is the new one.
 *
 * <p>The answer to a put comes when the nodes have said that they act by it, or a moment later, so
 * the time after it is short; that after the put was sent is told as well.
 */
final class Changes {
  /** Milliseconds from the answer to the put until the last node gives the new answer. */
  static final String NODES = "last_node";

  /** The same until the service has it. */
  static final String SERVICE = "service";

  /** From the moment at which the put was sent until the last node gives the new answer. */
  static final String SENT = "last_node_since_sent";

  private static final int LONGEST_S = 20;
  private static final String FLAG = "flag-7";
  private static final int PAUSE_MS = 1;

  private final Vertx vertx;
  private final HttpClient client;
  private final FlagClient service;
  private final List<InetSocketAddress> nodes;
  private final Http first;
  private final Checks checks;
  private final Map<String, LatencyHistogram> times =
      Map.of(
          NODES, new LatencyHistogram(),
          SERVICE, new LatencyHistogram(),
          SENT, new LatencyHistogram());

  /**
   * @param vertx member of the cluster
   * @param nodes the first is told of the changes
   */
  Changes(Vertx vertx, List<InetSocketAddress> nodes, Checks checks) {
    this.vertx = vertx;
    this.client = vertx.createHttpClient();
    this.service = FlagClient.start(vertx).await();
    this.nodes = nodes;
    this.first =
        new Http(nodes.get(0), "Bearer " + BenchKeys.settings().get("GROWTHBUS_ADMIN_KEY"));
    this.checks = checks;
  }

  /** Times so many changes, after a few that are not counted. */
  Map<String, LatencyHistogram> run(int changes) throws Exception {
    System.out.println("Changes of a flag on one of " + nodes.size() + " nodes");
    for (int i = 0; i < changes / 10; i++) {
      change(i % 2 == 0, false);
    }
    for (int i = 0; i < changes; i++) {
      change(i % 2 == 0, true);
    }
    return times;
  }

  private void change(boolean on, boolean counted) throws Exception {
    List<Future<Long>> seen = new ArrayList<>();
    for (InetSocketAddress node : nodes) {
      seen.add(until(() -> asks(node), on));
    }
    Future<Long> heard =
        until(() -> Future.succeededFuture(service.isEnabled(FLAG, Users.id(0))), on);
    long sent = System.nanoTime();
    JsonObject put =
        first.answer(
            new Question(
                "PUT",
                "/api/admin/flags/" + FLAG,
                new JsonObject()
                    .put("enabled", true)
                    .put("rollout_percentage", on ? 100 : 0)
                    .encode()));
    long answered = System.nanoTime();
    long last = sent;
    for (Future<Long> each : seen) {
      last = Math.max(last, each.await(LONGEST_S, TimeUnit.SECONDS));
    }
    long service = heard.await(LONGEST_S, TimeUnit.SECONDS);
    int heardOf = put.getJsonArray("nodes").size() + put.getJsonArray("pending").size();
    checks.expect(
        heardOf == nodes.size(), "a change was answered without word of every node: " + put);
    if (counted) {
      record(NODES, last - answered);
      record(SERVICE, service - answered);
      record(SENT, last - sent);
    }
  }

  private void record(String what, long nanos) {
    LatencyHistogram histogram = times.get(what);
    if (histogram != null) {
      // Seen before the answer arrived counts as seen with it.
      histogram.record(nanos);
    }
  }

  /** When the answer is first the wanted one, by {@link System#nanoTime()}. */
  private Future<Long> until(Supplier<Future<Boolean>> question, boolean wanted) {
    // A loop and no chain of futures, which would be as long as the wait.
    Promise<Long> seen = Promise.promise();
    look(question, wanted, seen);
    return seen.future();
  }

  private void look(Supplier<Future<Boolean>> question, boolean wanted, Promise<Long> seen) {
    question
        .get()
        .onFailure(seen::tryFail)
        .onSuccess(
            answer -> {
              if (answer == wanted) {
                seen.complete(System.nanoTime());
              } else {
                vertx.setTimer(PAUSE_MS, later -> look(question, wanted, seen));
              }
            });
  }

  private Future<Boolean> asks(InetSocketAddress node) {
    JsonObject context =
        new JsonObject().put("context", new JsonObject().put("targetingKey", Users.id(0)));
    return client
        .request(
            HttpMethod.POST,
            node.getPort(),
            node.getHostString(),
            "/ofrep/v1/evaluate/flags/" + FLAG)
        .compose(request -> answer(request, context))
        .map(answer -> answer.getBoolean("value"));
  }

  private static Future<JsonObject> answer(HttpClientRequest request, JsonObject body) {
    return request
        .putHeader("Authorization", "Bearer " + BenchKeys.SECRET)
        .putHeader("Content-Type", "application/json")
        .send(body.toBuffer())
        .compose(HttpClientResponse::body)
        .map(answer -> answer.toJsonObject());
  }
}
