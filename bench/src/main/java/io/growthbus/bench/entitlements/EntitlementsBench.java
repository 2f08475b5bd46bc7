package io.growthbus.bench.entitlements;

import io.growthbus.bench.ingest.BenchDatabase;
import io.growthbus.bench.ingest.Checks;
import io.growthbus.bench.ingest.ChildProcess;
import io.growthbus.bench.ingest.Figures;
import io.growthbus.bench.ingest.Goal;
import io.growthbus.bench.ingest.LatencyHistogram;
import io.growthbus.bench.ingest.Load;
import io.growthbus.bench.ingest.LoadGenerator;
import io.growthbus.bench.ingest.Machine;
import io.growthbus.bench.nodes.BareBus;
import io.growthbus.bench.nodes.BarePeers;
import io.growthbus.bench.nodes.BenchKeys;
import io.growthbus.bench.nodes.BusLoad;
import io.growthbus.bench.nodes.ClusterMember;
import io.growthbus.bench.nodes.LocalNodes;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.bus.Wire;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.ResolveEntitlement;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** One run: the look-up in the JVM, then three nodes beside the bare bus and a bare server. */
final class EntitlementsBench {
  private static final int USERS = 1_024;
  private static final int FIRST_TRIES = 20;
  private static final int CONNECTIONS = 32;
  private static final List<Integer> IN_FLIGHT = List.of(1, 64);
  private static final String BUS = "bus";
  private static final String BARE_BUS = "bare_bus";
  private static final String HTTP = "http";
  private static final String BARE_HTTP = "bare_http";

  private final EntitlementsPlan plan;
  private final LocalNodes nodes;
  private final ClusterMember member;
  private final Bus bus;
  private final BareBus bare;
  private final InetSocketAddress bareServer;
  private final BillingChanges changes;
  private final Checks checks;
  private final List<String> users;
  private final Figures figures = new Figures();
  private final LatencyHistogram everyNode = new LatencyHistogram();
  private final LatencyHistogram page = new LatencyHistogram();
  private final LatencyHistogram pageSinceSent = new LatencyHistogram();
  private final LatencyHistogram answered = new LatencyHistogram();
  private final LatencyHistogram busRoundTrip = new LatencyHistogram();
  private final LatencyHistogram busToAll = new LatencyHistogram();
  private int turn;

  /** What a run yields; without failed checks its figures can be believed. */
  record Outcome(JsonObject figures, List<String> failedChecks) {}

  private EntitlementsBench(
      EntitlementsPlan plan,
      LocalNodes nodes,
      ClusterMember member,
      BareBus bare,
      InetSocketAddress bareServer,
      BillingChanges changes,
      Checks checks,
      List<String> users) {
    this.plan = plan;
    this.nodes = nodes;
    this.member = member;
    this.bus = Bus.of(member.vertx());
    this.bare = bare;
    this.bareServer = bareServer;
    this.changes = changes;
    this.checks = checks;
    this.users = users;
  }

  /** Starts everything, measures, stops everything. */
  static Outcome run(EntitlementsPlan plan, Path folder, boolean quick) throws Exception {
    LookUpReport lookUp = LookUpReport.run(quick);
    System.out.printf(
        Locale.ROOT,
        "Starting %d clustered nodes, and as many bare members beside them%n",
        plan.nodes());
    Checks checks = new Checks();
    try (LocalNodes nodes = LocalNodes.start(folder, "entitlements", plan.nodes(), Map.of())) {
      ClusterMember member = nodes.join();
      List<String> users = IntStream.range(0, USERS).mapToObj(i -> "user-" + i * 7_919L).toList();
      JsonObject answer = Wire.encode(firstAnswer(member, users.get(0))).toJsonObject();
      BareBus bare = nodes.stoppedWithIt(BareBus.start(folder, plan.nodes(), answer));
      ChildProcess server =
          nodes.stoppedWithIt(
              BarePeers.start(folder, "bare-http", List.of("fixed", body(nodes, users.get(0)))));
      BillingChanges changes = nodes.stoppedWithIt(new BillingChanges(nodes, plan.nodes(), checks));
      return new EntitlementsBench(
              plan, nodes, member, bare, BarePeers.address(server), changes, checks, users)
          .run(lookUp);
    }
  }

  private Outcome run(LookUpReport lookUp) throws Exception {
    BenchDatabase database = nodes.database();
    JsonObject machine = Machine.facts(database.facts(), nodes.fileSystem());
    Machine.print(machine);
    warmUp();
    for (int round = 0; round < plan.rounds(); round++) {
      System.out.printf(Locale.ROOT, "Round %d of %d%n", round + 1, plan.rounds());
      measureBus();
      measureHttp();
      measureChanges(plan.changes(), true);
    }
    List<Goal> goals = goals(lookUp);
    EntitlementsReport.print(figures, goals, checks, changesJson());
    return new Outcome(
        new JsonObject()
            .put("machine", machine)
            .put("look_up", lookUp.toJson())
            .put("figures", figures.toJson())
            .put("ratios", EntitlementsReport.ratios(figures))
            .put("changes", changesJson())
            .put("goals", Goal.toJson(goals))
            .put("failed_checks", checks.failed()),
        checks.failed());
  }

  private List<Goal> goals(LookUpReport lookUp) {
    double busP99 = busToAll.percentileMs(0.99);
    return List.of(
        Goal.atMost("look-up in the JVM", " ns", 50, OptionalDouble.of(lookUp.cacheNanos())),
        Goal.atMost(
            "a change on every node, p99 over that of the bare bus",
            " x",
            2,
            OptionalDouble.of(everyNode.percentileMs(0.99) / busP99)),
        Goal.atMost(
            "a change on an open page, p99",
            " ms",
            50,
            OptionalDouble.of(page.percentileMs(0.99))));
  }

  private JsonObject changesJson() {
    return new JsonObject()
        .put("count", everyNode.total())
        .put("delivery_answered", latencies(answered))
        .put("every_node", latencies(everyNode))
        .put("page_after_answer", latencies(page))
        .put("page_after_delivery_was_sent", latencies(pageSinceSent))
        .put("bare_bus_round_trip", latencies(busRoundTrip))
        .put("bare_bus_to_all_and_back", latencies(busToAll));
  }

  private static JsonObject latencies(LatencyHistogram histogram) {
    return new JsonObject()
        .put("p50_ms", histogram.percentileMs(0.50))
        .put("p99_ms", histogram.percentileMs(0.99));
  }

  /** Every node has read every user, and the compilers have seen everything. */
  private void warmUp() throws Exception {
    System.out.println("Warming up");
    for (int number = 1; number <= plan.nodes(); number++) {
      InetSocketAddress node = nodes.node(number);
      http(HTTP, node, false);
    }
    http(BARE_HTTP, bareServer, false);
    for (int inFlight : IN_FLIGHT) {
      bus(BUS, inFlight, this::ask, false);
      bus(BARE_BUS, inFlight, bare::echo, false);
    }
    measureChanges(plan.warmUpChanges(), false);
  }

  private void measureBus() throws Exception {
    for (int inFlight : IN_FLIGHT) {
      bus(BUS, inFlight, this::ask, true);
      bus(BARE_BUS, inFlight, bare::echo, true);
    }
  }

  private void measureHttp() throws Exception {
    http(HTTP, nodes.node(1), true);
    http(BARE_HTTP, bareServer, true);
  }

  private void bus(String name, int inFlight, Supplier<Future<?>> question, boolean counted)
      throws Exception {
    BusLoad.Result result =
        BusLoad.run(
            name.equals(BUS) ? member.vertx() : bare.vertx(),
            inFlight,
            plan.ramp(),
            plan.window(),
            question);
    if (counted) {
      checks.expect(
          result.failures() == 0,
          name + ": " + result.failures() + " failures, the last: " + result.lastFailure());
      add(name + "_" + inFlight, result.perSecond(), result.p50Ms(), result.p99Ms());
    }
  }

  private void http(String name, InetSocketAddress server, boolean counted) throws Exception {
    Load load = new Load(server, CONNECTIONS, plan.ramp(), plan.window(), 0, Map::of);
    Load.Result result = LoadGenerator.run(load, new Question(server, users));
    if (counted) {
      checks.expect(
          result.failures() == 0,
          name + ": " + result.failures() + " requests failed, first: " + result.firstFailure());
      add(name, result.requestsPerSecond(), result.p50Ms(), result.p99Ms());
    }
  }

  private void add(String subject, double perSecond, double p50Ms, double p99Ms) {
    figures.add(subject, Figures.RATE, perSecond);
    figures.add(subject, Figures.P50, p50Ms);
    figures.add(subject, Figures.P99, p99Ms);
    System.out.printf(
        Locale.ROOT,
        "  %-12s %,9.0f /s, p50 %7.3f ms, p99 %7.3f ms%n",
        subject,
        perSecond,
        p50Ms,
        p99Ms);
  }

  /** Changes, and the bare bus in the same moments. */
  private void measureChanges(int count, boolean counted) throws Exception {
    for (int i = 0; i < count; i++) {
      changes
          .next()
          .filter(seen -> counted)
          .ifPresent(
              seen -> {
                everyNode.record(seen.everyNode());
                page.record(seen.page());
                pageSinceSent.record(seen.sinceSent());
                answered.record(seen.answered());
              });
      LockSupport.parkNanos(plan.pause().toNanos());
      long roundTrip = bare.roundTripNanos();
      LockSupport.parkNanos(plan.pause().toNanos());
      long toAll = bare.toAllNanos();
      if (counted) {
        busRoundTrip.record(roundTrip);
        busToAll.record(toAll);
      }
      LockSupport.parkNanos(plan.pause().toNanos());
    }
  }

  private Future<Entitlement> ask() {
    turn = (turn + 1) % USERS;
    return bus.ask(Channels.RESOLVE_ENTITLEMENT, new ResolveEntitlement(users.get(turn)));
  }

  /** Nodes that have just started may not answer the first question in time. */
  private static Entitlement firstAnswer(ClusterMember member, String user) throws Exception {
    ResolveEntitlement question = new ResolveEntitlement(user);
    for (int left = FIRST_TRIES; ; left--) {
      try {
        return Bus.of(member.vertx())
            .ask(Channels.RESOLVE_ENTITLEMENT, question)
            .await(10, TimeUnit.SECONDS);
      } catch (RoomException e) {
        if (left == 0) {
          throw e;
        }
      }
    }
  }

  private static String body(LocalNodes nodes, String user) throws Exception {
    InetSocketAddress node = nodes.node(1);
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(
                    "http://%s:%d/api/billing/entitlements/%s"
                        .formatted(node.getHostString(), node.getPort(), user)))
            .header("Authorization", "Bearer " + BenchKeys.SECRET)
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
  }
}
