package io.growthbus.bench.flags;

import io.growthbus.bench.flags.peer.FlagSystem;
import io.growthbus.bench.flags.peer.Users;
import io.growthbus.bench.ingest.Checks;
import io.growthbus.bench.ingest.Figures;
import io.growthbus.bench.nodes.BarePeer;
import io.growthbus.bench.nodes.BusLoad;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.flags.Bucketing;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.message.EvaluateFlag;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Evaluation over the clustered bus, asked by another member: as JSON, as any service may ask, and
 * with the product's own messages. Beside it the bare bus, whose consumer answers fixed JSON of the
 * same size to the same questions.
 */
final class OverBus {
  /** Plain JSON to {@code growthbus.flags.evaluate}. */
  static final String JSON = "bus_json";

  /** The typed question of the product. */
  static final String TYPED = "bus_typed";

  /** Fixed JSON without the product. */
  static final String BARE = "bare_bus";

  /** Questions under way at a time, and the part of a figure's name that says so. */
  static final List<Integer> IN_FLIGHT = List.of(64, 1);

  private final FlagsPlan plan;
  private final Figures figures;
  private final Checks checks;
  private final Map<String, Vertx> members = new LinkedHashMap<>();
  private final Map<String, Supplier<Future<?>>> questions = new LinkedHashMap<>();
  private final JsonObject[] json;
  private final boolean[] right;
  private int turn;
  private long wrong;

  /**
   * @param service member of the product's cluster
   * @param bare member of the cluster without the product
   */
  OverBus(FlagsPlan plan, Vertx service, Vertx bare, Figures figures, Checks checks) {
    this.plan = plan;
    this.figures = figures;
    this.checks = checks;
    String[] ids = BenchFlags.ids();
    this.json =
        IntStream.range(0, Users.COUNT)
            .mapToObj(user -> question(ids[user]))
            .toArray(JsonObject[]::new);
    FlagSnapshot snapshot = new FlagSnapshot(1, BenchFlags.definitions(Bucketing.SEED));
    this.right = new boolean[Users.COUNT];
    for (int user = 0; user < Users.COUNT; user++) {
      right[user] = snapshot.evaluate(FlagSystem.ROLLOUT, ids[user]).isOn();
    }
    Bus bus = Bus.of(service);
    add(
        JSON,
        service,
        () -> {
          int user = next();
          return service
              .eventBus()
              .<JsonObject>request(Channels.EVALUATE_FLAG.address(), json[user])
              .map(answer -> compare(user, answer.body().getValue("value")));
        });
    add(
        TYPED,
        service,
        () -> {
          int user = next();
          return bus.ask(
                  Channels.EVALUATE_FLAG, new EvaluateFlag(FlagSystem.ROLLOUT, ids[user], null))
              .map(answer -> compare(user, answer.value()));
        });
    add(
        BARE,
        bare,
        () ->
            bare.eventBus()
                .<JsonObject>request(BarePeer.ECHO, json[next()])
                .map(answer -> answer.body().getValue("value")));
  }

  /** A question in the form in which any service may ask it. */
  static JsonObject question(String user) {
    return new JsonObject().put("key", FlagSystem.ROLLOUT).put("userId", user);
  }

  /** The name of a metric with so many questions under way. */
  static String metric(String name, int inFlight) {
    return name + "_at_" + inFlight;
  }

  /** Warms up, then measures round by round. */
  void run() throws Exception {
    System.out.println("Evaluation over the clustered bus");
    for (String subject : questions.keySet()) {
      for (int inFlight : IN_FLIGHT) {
        load(subject, inFlight, Duration.ZERO, plan.warmUp());
      }
    }
    List<String> order = new ArrayList<>(questions.keySet());
    for (int round = 0; round < plan.rounds(); round++) {
      System.out.printf(Locale.ROOT, "  round %d of %d%n", round + 1, plan.rounds());
      for (int inFlight : IN_FLIGHT) {
        for (String subject : order) {
          measure(subject, inFlight);
        }
      }
      Collections.rotate(order, -1);
    }
    checks.expect(wrong == 0, "the bus: " + wrong + " wrong answers");
  }

  private void measure(String subject, int inFlight) throws Exception {
    BusLoad.Result result = load(subject, inFlight, plan.ramp(), plan.window());
    figures.add(subject, metric(Figures.RATE, inFlight), result.perSecond());
    figures.add(subject, metric(Figures.P50, inFlight), result.p50Ms());
    figures.add(subject, metric(Figures.P99, inFlight), result.p99Ms());
    System.out.printf(
        Locale.ROOT,
        "    %-10s %2d under way: %,8.0f answers/s, p50 %6.3f ms, p99 %6.3f ms%n",
        subject,
        inFlight,
        result.perSecond(),
        result.p50Ms(),
        result.p99Ms());
  }

  private BusLoad.Result load(String subject, int inFlight, Duration ramp, Duration window)
      throws Exception {
    BusLoad.Result result =
        BusLoad.run(
            Objects.requireNonNull(members.get(subject)),
            inFlight,
            ramp,
            window,
            Objects.requireNonNull(questions.get(subject)));
    checks.expect(
        result.failures() == 0,
        subject
            + ": "
            + result.failures()
            + " questions failed, the last: "
            + result.lastFailure());
    return result;
  }

  private void add(String subject, Vertx member, Supplier<Future<?>> question) {
    members.put(subject, member);
    questions.put(subject, question);
  }

  private boolean compare(int user, Object answer) {
    boolean same = answer.equals(right[user]);
    if (!same) {
      wrong++;
    }
    return same;
  }

  private int next() {
    turn = (turn + 1) & (Users.COUNT - 1);
    return turn;
  }
}
