package io.growthbus.bench.flags;

import io.growthbus.bench.flags.peer.Answers;
import io.growthbus.bench.flags.peer.FlagEvaluation;
import io.growthbus.bench.flags.peer.FlagdFlags;
import io.growthbus.bench.flags.peer.LaunchDarklyFlags;
import io.growthbus.bench.flags.peer.UnleashFlags;
import io.growthbus.bench.flags.peer.Users;
import io.growthbus.bench.ingest.Checks;
import io.growthbus.bench.ingest.Figures;
import io.growthbus.bench.nodes.Java;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Evaluation in the JVM. Each system has a JVM of its own with a class path of its own, because the
 * peers and the product want different versions of the same libraries.
 */
final class Evaluators {
  /** The product as a service in the cluster asks it. */
  static final String CLIENT = "client";

  /** The same with buckets by murmur3. */
  static final String MURMUR3 = "client_murmur3";

  /** The product's rule engine alone. */
  static final String SNAPSHOT = "snapshot";

  /** The rollout and the rule as one writes them down. */
  static final String PLAIN = "plain";

  static final String LAUNCHDARKLY = "launchdarkly";
  static final String UNLEASH = "unleash";
  static final String FLAGD = "flagd";

  /** Nanoseconds of a rollout. */
  static final String ROLLOUT_NS = "rollout_ns";

  /** Bytes that it allocates. */
  static final String ROLLOUT_BYTES = "rollout_bytes";

  /** Nanoseconds of a rule over three attributes. */
  static final String RULE_NS = "rule_ns";

  /** Bytes that it allocates. */
  static final String RULE_BYTES = "rule_bytes";

  /** Where the build puts the peers. */
  static final Path PEERS = Path.of("bench", "flag-peers", "target");

  private static final String ALLOCATION = "gc.alloc.rate.norm";
  private static final double FEWEST_ON = 0.44;
  private static final double MOST_ON = 0.56;
  private static final int LONGEST_FORK_S = 600;

  private static final Map<String, Class<?>> SYSTEMS = systems();

  private final FlagsPlan plan;
  private final Path folder;
  private final Figures figures;
  private final Checks checks;

  /**
   * @param folder for what the forks say
   */
  Evaluators(FlagsPlan plan, Path folder, Figures figures, Checks checks) {
    this.plan = plan;
    this.folder = folder;
    this.figures = figures;
    this.checks = checks;
  }

  /** Checks what each system answers, then measures all of them round by round. */
  void run() throws Exception {
    System.out.println("Evaluation in the JVM");
    for (String system : SYSTEMS.keySet()) {
      check(system);
    }
    List<String> order = new ArrayList<>(SYSTEMS.keySet());
    for (int round = 0; round < plan.rounds(); round++) {
      System.out.printf(Locale.ROOT, "  round %d of %d%n", round + 1, plan.rounds());
      for (String system : order) {
        measure(system);
      }
      Collections.rotate(order, -1);
    }
  }

  /** The rule has one right answer; of a rollout each system decides itself who is in it. */
  private void check(String system) throws Exception {
    Path said = folder.resolve(system + "-answers.log");
    fork(system, said, command(system, Answers.class, List.of(type(system).getName())));
    List<String> lines = Files.readAllLines(said);
    long on = answers(lines, "rollout").chars().filter(answer -> answer == '1').count();
    checks.expect(
        on >= FEWEST_ON * Users.COUNT && on <= MOST_ON * Users.COUNT,
        system + ": " + on + " of " + Users.COUNT + " users are in a rollout of 50 %");
    checks.expect(
        answers(lines, "rule").equals(rightAnswers()), system + ": wrong answers of the rule");
  }

  private static String answers(List<String> lines, String to) {
    String name = "  " + to + " ";
    return lines.stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(name.length()).strip())
        .findFirst()
        .orElse("");
  }

  private static String rightAnswers() {
    return IntStream.range(0, Users.COUNT)
        .mapToObj(user -> Users.fits(user) ? "1" : "0")
        .collect(Collectors.joining());
  }

  private void measure(String system) throws Exception {
    Path results = folder.resolve("jmh-" + system + ".json").toAbsolutePath();
    Files.deleteIfExists(results);
    List<String> arguments =
        List.of(
            FlagEvaluation.class.getName(),
            "-p",
            "system=" + type(system).getName(),
            "-f",
            "1",
            "-wi",
            String.valueOf(plan.warmUps()),
            "-w",
            plan.iteration().toMillis() + "ms",
            "-i",
            String.valueOf(plan.iterations()),
            "-r",
            plan.iteration().toMillis() + "ms",
            "-prof",
            "gc",
            "-rf",
            "json",
            "-rff",
            results.toString());
    fork(
        system,
        folder.resolve("jmh-" + system + ".log"),
        command(system, org.openjdk.jmh.Main.class, arguments));
    note(system, new JsonArray(Files.readString(results)));
  }

  /** Runs a program in a JVM of its own to its end. */
  private static void fork(String system, Path log, List<String> command) throws Exception {
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      if (!process.waitFor(LONGEST_FORK_S, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IllegalStateException(system + " failed in its JVM; it says why in " + log);
      }
    } finally {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
    }
  }

  private void note(String system, JsonArray results) {
    for (Object each : results) {
      JsonObject result = (JsonObject) each;
      boolean rule = result.getString("benchmark").endsWith(".rule");
      double nanos = result.getJsonObject("primaryMetric").getDouble("score");
      // Below a thousandth of a byte it is the profiler's own noise.
      double bytes =
          result.getJsonObject("secondaryMetrics").getJsonObject(ALLOCATION).getDouble("score");
      figures.add(system, rule ? RULE_NS : ROLLOUT_NS, nanos);
      figures.add(system, rule ? RULE_BYTES : ROLLOUT_BYTES, Math.round(bytes * 1_000) / 1_000.0);
    }
  }

  private static List<String> command(String system, Class<?> main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Java.COMMAND);
    command.add("-Dlogback.configurationFile=conf/logback.xml");
    command.add("-cp");
    command.add(isPeer(system) ? peersPath() : System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(arguments);
    return command;
  }

  private static Class<?> type(String system) {
    return Objects.requireNonNull(SYSTEMS.get(system));
  }

  private static boolean isPeer(String system) {
    return type(system).getPackage().equals(Answers.class.getPackage());
  }

  private static String peersPath() {
    return PEERS.resolve("classes") + File.pathSeparator + PEERS.resolve("lib").resolve("*");
  }

  private static Map<String, Class<?>> systems() {
    Map<String, Class<?>> systems = new LinkedHashMap<>();
    systems.put(CLIENT, ClientFlags.class);
    systems.put(LAUNCHDARKLY, LaunchDarklyFlags.class);
    systems.put(UNLEASH, UnleashFlags.class);
    systems.put(FLAGD, FlagdFlags.class);
    systems.put(MURMUR3, Murmur3Flags.class);
    systems.put(SNAPSHOT, SnapshotFlags.class);
    systems.put(PLAIN, PlainFlags.class);
    return systems;
  }
}
