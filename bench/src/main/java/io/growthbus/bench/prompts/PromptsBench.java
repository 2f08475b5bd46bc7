package io.growthbus.bench.prompts;

import io.growthbus.bench.ingest.BenchDatabase;
import io.growthbus.bench.ingest.Checks;
import io.growthbus.bench.ingest.Figures;
import io.growthbus.bench.ingest.Goal;
import io.growthbus.bench.ingest.Machine;
import io.growthbus.bench.nodes.LocalNodes;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** One run: crossings on two clustered nodes, push alone beside the others, an idle node. */
final class PromptsBench {
  private static final int NODES = 2;

  private final PromptsPlan plan;
  private final Path folder;
  private final Set<Part> parts;
  private final Checks checks = new Checks();
  private JsonObject machine = new JsonObject();
  private Optional<Crossings> crossings = Optional.empty();
  private Figures push = new Figures();
  private Optional<IdleNode.Result> idle = Optional.empty();

  private PromptsBench(PromptsPlan plan, Path folder, Set<Part> parts) {
    this.plan = plan;
    this.folder = folder;
    this.parts = Set.copyOf(parts);
  }

  /** What can be measured by itself. */
  enum Part {
    CROSSINGS,
    PUSH,
    IDLE
  }

  /** What a run yields; without failed checks its figures can be believed. */
  record Outcome(JsonObject figures, List<String> failedChecks) {}

  /** Starts everything, measures, stops everything. */
  static Outcome run(PromptsPlan plan, Path folder, Set<Part> parts) throws Exception {
    return new PromptsBench(plan, folder, parts).run();
  }

  private Outcome run() throws Exception {
    if (parts.contains(Part.CROSSINGS) || parts.contains(Part.PUSH)) {
      onTwoNodes();
    }
    if (parts.contains(Part.IDLE)) {
      System.out.println("A node at rest");
      idle = Optional.of(IdleNode.measure(plan, folder, checks));
    }
    List<Goal> goals = goals();
    report(goals);
    return new Outcome(
        new JsonObject()
            .put("machine", machine)
            .put("crossings", crossings.map(Crossings::toJson).orElse(null))
            .put("push", push.toJson())
            .put("idle_node", idle.map(IdleNode.Result::toJson).orElse(null))
            .put("goals", Goal.toJson(goals))
            .put("failed_checks", checks.failed()),
        checks.failed());
  }

  private void onTwoNodes() throws Exception {
    System.out.println("Starting two clustered nodes");
    Map<String, String> places =
        Map.of("GROWTHBUS_STREAM_ADDRESS_MAX", String.valueOf(4 * plan.sockets()));
    try (LocalNodes nodes = LocalNodes.start(folder, "prompts", NODES, places)) {
      BenchDatabase database = nodes.database();
      machine = Machine.facts(database.facts(), nodes.fileSystem());
      Machine.print(machine);
      if (parts.contains(Part.CROSSINGS)) {
        cross(nodes, database);
      }
      if (parts.contains(Part.PUSH)) {
        push = PushRace.run(nodes, plan, checks);
      }
    }
  }

  private void cross(LocalNodes nodes, BenchDatabase database) throws Exception {
    System.out.printf(
        Locale.ROOT,
        "Crossings: %d/s beside %,d events/s and %,d sockets%n",
        plan.crossingsPerSecond(),
        plan.eventsPerSecond(),
        plan.sockets());
    Crossings measured = new Crossings(nodes, plan, checks);
    measured.measure();
    long stored = database.count("activation.prompt");
    checks.expect(
        stored == measured.crossed(),
        stored + " prompts were made of " + measured.crossed() + " crossings");
    crossings = Optional.of(measured);
  }

  private List<Goal> goals() {
    OptionalDouble p99 = of(crossings, measured -> measured.prompts().percentileMs(0.99));
    return List.of(
        Goal.atMost("event to prompt on another node, p99", " ms", 25, p99),
        Goal.atMost("stretch: event to prompt on another node, p99", " ms", 10, p99),
        Goal.atMost(
            "push to one socket, p99 over that of bare Vert.x SockJS",
            " x",
            1.2,
            push.ratio(PushRace.PRODUCT, PushRace.VERTX, PushRace.ONE_P99)),
        Goal.atMost(
            "push to all sockets, p99 over that of bare Vert.x SockJS",
            " x",
            1.2,
            push.ratio(PushRace.PRODUCT, PushRace.VERTX, PushRace.ALL_P99)),
        Goal.atMost("ready on an existing database", " s", 2.5, of(idle, IdleNode.Result::startS)),
        Goal.atMost(
            "ready on a database that runs", " s", 2.5, of(idle, IdleNode.Result::startOnRunningS)),
        Goal.atMost("resident at rest", " MB", 250, of(idle, IdleNode.Result::residentMb)),
        Goal.atMost(
            "heap for each idle socket", " KiB", 12, of(idle, IdleNode.Result::heapPerSocketKib)));
  }

  private static <T> OptionalDouble of(Optional<T> part, ToDoubleFunction<T> figure) {
    return part.isPresent()
        ? OptionalDouble.of(figure.applyAsDouble(part.get()))
        : OptionalDouble.empty();
  }

  private void report(List<Goal> goals) {
    System.out.println();
    crossings.ifPresent(
        measured -> System.out.println("Event to prompt " + measured.toJson().encode()));
    System.out.println("push, median of   to one p50      p99  to all p99     last (ms)");
    for (String subject : push.subjects()) {
      System.out.printf(
          Locale.ROOT,
          "%-16s %11.2f %8.2f %11.1f %8.1f%n",
          subject,
          push.median(subject, PushRace.ONE_P50).orElse(0),
          push.median(subject, PushRace.ONE_P99).orElse(0),
          push.median(subject, PushRace.ALL_P99).orElse(0),
          push.median(subject, PushRace.ALL_LAST).orElse(0));
    }
    System.out.println("Goals");
    goals.forEach(goal -> System.out.println("  " + goal.text()));
    System.out.printf(
        Locale.ROOT, "Checks: %d made, %d failed%n", checks.made(), checks.failed().size());
    checks.failed().forEach(problem -> System.out.println("  " + problem));
  }
}
