package io.growthbus.bench.ingest;

import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.settings.Problems;
import io.vertx.core.json.JsonObject;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * One run: warms up, finds the number of connections at which each server is best, measures all
 * subjects round by round in rotated order, then the growth curve and, if wanted, the profile.
 */
final class IngestBench {
  /** Seconds after which a server is too slow to make the rows for {@code COPY}. */
  private static final int MOST_TOP_UPS = 120;

  private static final double NEARLY_BEST = 0.95;

  private final IngestPlan plan;
  private final Path folder;
  private final boolean profiled;
  private final BenchServers servers;
  private final BenchDatabase database;
  private final Figures figures = new Figures();
  private final Checks checks = new Checks();
  private final Map<String, HttpSubject> http = new HashMap<>();
  private final Map<String, Integer> best = new HashMap<>();
  private final JsonObject trials = new JsonObject();

  private IngestBench(IngestPlan plan, Path folder, boolean profiled, BenchServers servers)
      throws InterruptedException {
    this.plan = plan;
    this.folder = folder;
    this.profiled = profiled;
    this.servers = servers;
    this.database = servers.database();
    add(Subjects.PRODUCT, HttpSubject.PRODUCT_TABLE, servers.product(), EventIds.Version.V4);
    add(Subjects.PRODUCT_V7, HttpSubject.PRODUCT_TABLE, servers.product(), EventIds.Version.V7);
    add(Subjects.EXPRESS, BenchDatabase.EXPRESS, servers.express(), EventIds.Version.V4);
    add(Subjects.FASTIFY, BenchDatabase.FASTIFY, servers.fastify(), EventIds.Version.V4);
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
   * @param folder for logs, recordings and, until the end, the data
   */
  static Outcome run(IngestPlan plan, Path folder, boolean profiled) throws Exception {
    System.out.println("Starting a node with its PostgreSQL, and the two peers");
    try (BenchServers servers = BenchServers.start(folder)) {
      return new IngestBench(plan, folder, profiled, servers).run();
    }
  }

  private void add(String name, String table, InetSocketAddress address, EventIds.Version ids) {
    Load load = new Load(address, 1, Duration.ZERO, Duration.ZERO, 0, servers::cpuSeconds);
    http.put(name, new HttpSubject(name, table, database, load, ids, checks));
  }

  private HttpSubject http(String name) {
    HttpSubject subject = http.get(name);
    if (subject == null) {
      throw new IllegalArgumentException(name + " does not speak HTTP");
    }
    return subject;
  }

  private int best(String name) {
    return best.getOrDefault(name, plan.connections().get(0));
  }

  private Outcome run() throws Exception {
    JsonObject machine = Machine.facts(database.facts(), servers.fileSystem());
    Machine.print(machine);
    BenchDatabase.Rows rows = warmUp();
    findBestConnections();
    try (StatementWriter statement =
        new StatementWriter(
            servers.applicationUri(),
            GrowthConfigReader.read(
                Files.readString(Path.of("conf", "growth.json")), new Problems()))) {
      statement.write(plan.rows() / 10);
      for (int round = 0; round < plan.rounds(); round++) {
        System.out.printf(Locale.ROOT, "Round %d of %d%n", round + 1, plan.rounds());
        for (String subject : Subjects.inRound(round)) {
          measureAlone(subject, rows, statement);
        }
      }
    }
    System.out.println("Growth curve");
    List<GrowthCurve.Point> curve =
        new GrowthCurve(database, http(Subjects.PRODUCT), plan, best(Subjects.PRODUCT)).measure();
    JsonObject profile = profiled ? profile() : new JsonObject();
    List<Goal> goals = Goal.of(figures, OptionalDouble.of(GrowthCurve.held(curve)));
    IngestReport.print(figures, best, rows, curve, goals, checks);
    return new Outcome(
        new JsonObject()
            .put("machine", machine)
            .put("plan", IngestReport.toJson(plan))
            .put("copied_rows", rows.count())
            .put("trials", trials)
            .put("figures", figures.toJson())
            .put("ratios", IngestReport.ratios(figures))
            .put("growth_curve", GrowthCurve.toJson(curve))
            .put("goals", Goal.toJson(goals))
            .put("profile", profile)
            .put("failed_checks", checks.failed()),
        checks.failed());
  }

  /** Lets the compilers of all three servers settle; the rows of the product are those of COPY. */
  private BenchDatabase.Rows warmUp() throws Exception {
    System.out.printf(Locale.ROOT, "Warming up each server for %d s%n", plan.warmUp().toSeconds());
    for (String peer : List.of(Subjects.EXPRESS, Subjects.FASTIFY)) {
      http(peer).saturate(plan.connections().get(0), Duration.ZERO, plan.warmUp());
    }
    HttpSubject product = http(Subjects.PRODUCT);
    int connections = plan.connections().get(0);
    long stored = product.saturate(connections, Duration.ZERO, plan.warmUp()).accepted();
    for (int more = 0; stored < plan.rows() && more < MOST_TOP_UPS; more++) {
      stored += product.addMore(connections, Duration.ZERO, Duration.ofSeconds(1)).accepted();
    }
    BenchDatabase.Rows rows = database.sample(plan.rows());
    checks.expect(rows.count() == plan.rows(), "too few rows for COPY: " + rows.count());
    return rows;
  }

  /**
   * More connections than saturate a server add nothing but waiting: each runs with the fewest that
   * bring it within {@link #NEARLY_BEST} of its highest rate.
   */
  private void findBestConnections() throws Exception {
    System.out.println("Trying numbers of connections");
    for (String name : List.of(Subjects.PRODUCT, Subjects.EXPRESS, Subjects.FASTIFY)) {
      Map<Integer, Double> tried = new TreeMap<>();
      for (int connections : plan.connections()) {
        Load.Result result = trial(name, connections);
        tried.put(connections, result.eventsPerSecond());
        System.out.println("  " + IngestReport.line(name + " with " + connections, result));
      }
      best.put(name, fewest(tried));
      JsonObject json = new JsonObject();
      tried.forEach((connections, rate) -> json.put(String.valueOf(connections), rate));
      trials.put(name, json);
    }
    best.put(Subjects.PRODUCT_V7, best(Subjects.PRODUCT));
  }

  /** The fewest connections whose rate is nearly the highest. */
  static int fewest(Map<Integer, Double> rates) {
    double highest = Collections.max(rates.values());
    return rates.entrySet().stream()
        .filter(tried -> tried.getValue() >= NEARLY_BEST * highest)
        .mapToInt(Map.Entry::getKey)
        .min()
        .orElseThrow();
  }

  private Load.Result trial(String name, int connections) throws Exception {
    List<Load.Result> result = new ArrayList<>(1);
    BenchServers.Measurement measurement =
        () -> result.add(http(name).saturate(connections, plan.ramp(), plan.trial()));
    if (name.equals(Subjects.PRODUCT)) {
      measurement.run();
    } else {
      servers.whileNodeRests(measurement);
    }
    return result.get(0);
  }

  /** The node takes part where it is measured and rests where it is not. */
  private void measureAlone(String subject, BenchDatabase.Rows rows, StatementWriter statement)
      throws Exception {
    if (subject.equals(Subjects.PRODUCT) || subject.equals(Subjects.PRODUCT_V7)) {
      measureHttp(http(subject), best(subject));
    } else {
      servers.whileNodeRests(() -> measure(subject, rows, statement));
    }
  }

  private void measure(String subject, BenchDatabase.Rows rows, StatementWriter statement)
      throws Exception {
    switch (subject) {
      case Subjects.COPY -> {
        database.empty("bench.copy_event", "bench.copy_event_id");
        rate(subject, database.copyIn(rows));
      }
      case Subjects.COPY_BARE -> {
        database.empty("bench.copy_bare");
        rate(subject, database.copyInBare(rows));
      }
      case Subjects.STATEMENT -> {
        database.emptyProduct();
        rate(subject, statement.write(plan.rows()));
      }
      default -> measureHttp(http(subject), best(subject));
    }
  }

  private void measureHttp(HttpSubject subject, int connections) throws Exception {
    Load.Result full = subject.saturate(connections, plan.ramp(), plan.window());
    String name = subject.name();
    figures.add(name, Figures.RATE, full.eventsPerSecond());
    figures.add(name, Figures.P50, full.p50Ms());
    figures.add(name, Figures.P99, full.p99Ms());
    full.cores().forEach((process, cores) -> figures.add(name, "cores_" + process, cores));
    System.out.println("  " + IngestReport.line(name, full) + "; " + cores(full));
    double half = full.eventsPerSecond() / EventBatches.EVENTS / 2;
    if (half >= 1) {
      Load.Result relaxed = subject.atRate(half, connections, plan.ramp(), plan.window());
      figures.add(name, Figures.HALF_P50, relaxed.p50Ms());
      figures.add(name, Figures.HALF_P99, relaxed.p99Ms());
      System.out.println("  " + IngestReport.line(name + " at half load", relaxed));
    }
  }

  private void rate(String subject, double perSecond) {
    figures.add(subject, Figures.RATE, perSecond);
    System.out.printf(Locale.ROOT, "  %-22s %,9.0f rows/s%n", subject, perSecond);
  }

  private static String cores(Load.Result result) {
    return result.cores().entrySet().stream()
        .filter(used -> used.getValue() >= 0.005)
        .map(used -> String.format(Locale.ROOT, "%s %.2f", used.getKey(), used.getValue()))
        .collect(Collectors.joining(", ", "cores: ", ""));
  }

  private JsonObject profile() throws Exception {
    System.out.println("Profile of the saturated node");
    Path file = folder.resolve("ingest.jfr").toAbsolutePath();
    HttpSubject product = http(Subjects.PRODUCT);
    Profile profile =
        Profile.record(
            servers.node(),
            file,
            () -> product.saturate(best(Subjects.PRODUCT), plan.ramp(), plan.profileWindow()));
    profile.print();
    System.out.println("  the whole recording: " + file);
    return profile.toJson();
  }
}
