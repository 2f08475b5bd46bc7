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
import java.util.OptionalDouble;

/** One run: crossings on two clustered nodes, push alone beside the others, an idle node. */
final class PromptsBench {
  private static final int NODES = 2;

  private final PromptsPlan plan;
  private final Path folder;
  private final Checks checks = new Checks();

  private PromptsBench(PromptsPlan plan, Path folder) {
    this.plan = plan;
    this.folder = folder;
  }

  /** What a run yields; without failed checks its figures can be believed. */
  record Outcome(JsonObject figures, List<String> failedChecks) {}

  /** Starts everything, measures, stops everything. */
  static Outcome run(PromptsPlan plan, Path folder) throws Exception {
    return new PromptsBench(plan, folder).run();
  }

  private Outcome run() throws Exception {
    System.out.println("Starting two clustered nodes");
    String places = String.valueOf(4 * plan.sockets());
    JsonObject machine;
    Crossings crossings;
    Figures push;
    try (LocalNodes nodes =
        LocalNodes.start(
            folder, "prompts", NODES, Map.of("GROWTHBUS_STREAM_ADDRESS_MAX", places))) {
      BenchDatabase database = nodes.database();
      machine = Machine.facts(database.facts(), nodes.fileSystem());
      Machine.print(machine);
      System.out.printf(
          Locale.ROOT,
          "Crossings: %d/s beside %,d events/s and %,d sockets%n",
          plan.crossingsPerSecond(),
          plan.eventsPerSecond(),
          plan.sockets());
      crossings = new Crossings(nodes, plan, checks);
      crossings.measure();
      long stored = database.count("activation.prompt");
      checks.expect(
          stored == crossings.crossed(),
          stored + " prompts were made of " + crossings.crossed() + " crossings");
      push = PushRace.run(nodes, plan, checks);
    }
    System.out.println("A node at rest");
    IdleNode.Result idle = IdleNode.measure(plan, folder, checks);
    List<Goal> goals = goals(crossings, push, idle);
    report(crossings, push, goals);
    return new Outcome(
        new JsonObject()
            .put("machine", machine)
            .put("crossings", crossings.toJson())
            .put("push", push.toJson())
            .put("idle_node", idle.toJson())
            .put("goals", Goal.toJson(goals))
            .put("failed_checks", checks.failed()),
        checks.failed());
  }

  private static List<Goal> goals(Crossings crossings, Figures push, IdleNode.Result idle) {
    OptionalDouble p99 = OptionalDouble.of(crossings.prompts().percentileMs(0.99));
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
        Goal.atMost(
            "ready on an existing database", " s", 2.5, OptionalDouble.of(idle.startS())),
        Goal.atMost(
            "ready on a running database", " s", 2.5, OptionalDouble.of(idle.startOnRunningS())),
        Goal.atMost("resident at rest", " MB", 250, OptionalDouble.of(idle.residentMb())),
        Goal.atMost(
            "heap for each idle socket", " KiB", 12, OptionalDouble.of(idle.heapPerSocketKib())));
  }

  private void report(Crossings crossings, Figures push, List<Goal> goals) {
    System.out.println();
    System.out.println("Event to prompt " + crossings.toJson().encode());
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
