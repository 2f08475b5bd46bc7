package io.growthbus.bench.flags;

import io.growthbus.bench.flags.peer.Users;
import io.growthbus.bench.ingest.Checks;
import io.growthbus.bench.ingest.ChildProcess;
import io.growthbus.bench.ingest.DataFolder;
import io.growthbus.bench.ingest.Figures;
import io.growthbus.bench.ingest.Goal;
import io.growthbus.bench.ingest.LatencyHistogram;
import io.growthbus.bench.ingest.Machine;
import io.growthbus.bench.nodes.BareBus;
import io.growthbus.bench.nodes.BarePeers;
import io.growthbus.bench.nodes.BenchKeys;
import io.growthbus.bench.nodes.LocalNodes;
import io.growthbus.shared.bus.Channels;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/** One run: the JVM, then HTTP and the bus of one node, then changes among three. */
final class FlagsBench {
  private static final String NAME = "flags";
  private static final String TOKEN = "bench-unleash-token";
  private static final int NODES = 3;

  private final FlagsPlan plan;
  private final Path folder;
  private final Set<Part> parts;
  private final Figures figures = new Figures();
  private final Checks checks = new Checks();

  /** What is measured. */
  enum Part {
    /** Evaluation in the JVM. */
    JVM,
    /** Evaluation over HTTP. */
    HTTP,
    /** Evaluation over the clustered bus. */
    BUS,
    /** The way of a change to every node. */
    CHANGES
  }

  private FlagsBench(FlagsPlan plan, Path folder, Set<Part> parts) {
    this.plan = plan;
    this.parts = parts;
    this.folder = folder;
  }

  /**
   * What a run yields.
   *
   * @param failedChecks empty when the figures can be believed
   */
  record Outcome(JsonObject figures, List<String> failedChecks) {}

  /**
   * Starts everything, measures, stops everything.
   *
   * @param folder for logs and, until the end, the data
   */
  static Outcome run(FlagsPlan plan, Path folder, Set<Part> parts) throws Exception {
    return new FlagsBench(plan, folder, parts).run();
  }

  private Outcome run() throws Exception {
    JsonObject machine = Machine.facts(Map.of(), "unknown");
    Machine.print(machine);
    if (parts.contains(Part.JVM)) {
      new Evaluators(plan, folder, figures, checks).run();
    }
    Map<String, String> settings = Map.of("GROWTHBUS_CONF", FlagsConf.write(folder).toString());
    Map<String, Integer> connections =
        parts.contains(Part.HTTP) || parts.contains(Part.BUS) ? ofOneNode(settings) : Map.of();
    Map<String, LatencyHistogram> changes =
        parts.contains(Part.CHANGES) ? amongNodes(settings) : Map.of();
    List<Goal> goals = FlagsReport.goals(figures, changes);
    FlagsReport.print(figures, connections, changes, goals, checks);
    JsonObject used = new JsonObject();
    connections.forEach(used::put);
    return new Outcome(
        new JsonObject()
            .put("machine", machine)
            .put("rounds", plan.rounds())
            .put("connections", used)
            .put("figures", figures.toJson())
            .put("changes", FlagsReport.toJson(changes))
            .put("goals", Goal.toJson(goals))
            .put("failed_checks", new JsonArray(checks.failed())),
        checks.failed());
  }

  private Map<String, Integer> ofOneNode(Map<String, String> settings) throws Exception {
    try (LocalNodes nodes = LocalNodes.start(folder, NAME, 1, settings)) {
      Map<String, Integer> connections = parts.contains(Part.HTTP) ? overHttp(nodes) : Map.of();
      if (parts.contains(Part.BUS)) {
        overBus(nodes);
      }
      return connections;
    }
  }

  private Map<String, LatencyHistogram> amongNodes(Map<String, String> settings) throws Exception {
    try (LocalNodes nodes = LocalNodes.start(folder, NAME, NODES, settings)) {
      List<InetSocketAddress> addresses =
          IntStream.rangeClosed(1, NODES).mapToObj(nodes::node).toList();
      return new Changes(nodes.join().vertx(), addresses, checks).run(plan.changes());
    }
  }

  private Map<String, Integer> overHttp(LocalNodes nodes) throws Exception {
    OverHttp http = new OverHttp(plan, nodes.node(1), BenchKeys.SECRET, figures, checks);
    Map<Boolean, ChildProcess> bare = new LinkedHashMap<>();
    Map<Boolean, ChildProcess> unleash = new LinkedHashMap<>();
    try {
      for (boolean all : List.of(false, true)) {
        String size = all ? "-all" : "-one";
        bare.put(
            all,
            BarePeers.start(folder, "bare" + size, List.of("fixed", http.sample(all).encode())));
        unleash.put(all, unleash(nodes, "unleash" + size, all ? 100 : 1));
      }
      for (boolean all : List.of(false, true)) {
        http.addBare(all, address(bare, all));
        http.addUnleash(all, address(unleash, all), TOKEN);
      }
      http.run();
      return http.connections();
    } finally {
      bare.values().forEach(ChildProcess::close);
      unleash.values().forEach(ChildProcess::close);
    }
  }

  private void overBus(LocalNodes nodes) throws Exception {
    Vertx service = nodes.join().vertx();
    JsonObject answer =
        service
            .eventBus()
            .<JsonObject>request(Channels.EVALUATE_FLAG.address(), OverBus.question(Users.id(1)))
            .await()
            .body();
    try (BareBus bare = BareBus.start(folder, 1, answer)) {
      new OverBus(plan, service, bare.vertx(), figures, checks).run();
    }
  }

  private static InetSocketAddress address(Map<Boolean, ChildProcess> servers, boolean all)
      throws InterruptedException {
    return BarePeers.address(Objects.requireNonNull(servers.get(all)));
  }

  /** An unleash-server with a database of its own in the node's PostgreSQL. */
  private ChildProcess unleash(LocalNodes nodes, String name, int flags)
      throws IOException, SQLException {
    String at =
        new DataFolder(folder.resolve(NAME + "-data"))
            .address()
            .orElseThrow(() -> new IllegalStateException("the embedded PostgreSQL does not run"));
    String database = name.replace('-', '_');
    try (Connection connection =
            DriverManager.getConnection("jdbc:postgresql://" + at + "/postgres?user=postgres");
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + database);
    }
    return nodes.stoppedWithIt(
        new ChildProcess(
            name,
            folder.resolve(name + ".log"),
            List.of("node", "bench/peers-flags/unleash.js"),
            Map.of(
                "NODE_ENV",
                "production",
                "DATABASE_SSL",
                "false",
                "BENCH_FLAGS",
                String.valueOf(flags),
                "BENCH_TOKEN",
                TOKEN,
                "BENCH_PG_URI",
                "postgresql://postgres@" + at + "/" + database),
            List.of("app")));
  }
}
