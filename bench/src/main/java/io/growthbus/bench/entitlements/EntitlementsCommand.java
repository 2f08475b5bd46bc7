package io.growthbus.bench.entitlements;

import io.growthbus.bench.nodes.LocalNodes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench entitlements}: its options and its exit codes. */
@Command(
    name = "./growthbus bench entitlements",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "What a user may use, from memory: in the JVM, over the clustered bus beside a bare echo, over"
          + " HTTP beside a bare server. And how soon a change that billing reports to one of three"
          + " nodes is known on all of them and on an open page, beside the bare bus.",
      "",
      "Starts three nodes of its own with keys and free ports, and stops them. About 5 minutes.",
      ""
    },
    footer = {
      "",
      "Results: target/bench/entitlements.json. The method: docs/performance.md.",
      "Exit codes: 0 done, whether goals are reached or not; 1 a change was not seen, or something"
          + " was refused; 2 bad usage; 3 could not start or not go on to the end."
    })
public final class EntitlementsCommand implements Callable<Integer> {
  private static final int DONE = 0;
  private static final int CHECK_FAILED = 1;
  private static final int BAD_USAGE = 2;
  private static final int NOT_DONE = 3;
  private static final Path FOLDER = Path.of("target", "bench");

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "Rounds, 1 to 50; fewer than five are no measurement. Default: 5.")
  private int rounds;

  @Option(
      names = "--quick",
      description = "Everything once and short: proves that it works, no figures.")
  private boolean quick;

  /** Runs the benchmark with the arguments behind its name; answers the exit code. */
  public static int run(List<String> arguments) {
    CommandLine line = new CommandLine(new EntitlementsCommand());
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          System.err.println("The benchmark did not come to its end: " + failure);
          return NOT_DONE;
        });
    return line.execute(arguments.toArray(String[]::new));
  }

  @Override
  public Integer call() throws Exception {
    if (rounds < 1 || rounds > 50) {
      System.err.println("--rounds must be 1 to 50");
      return BAD_USAGE;
    }
    if (!Files.exists(LocalNodes.JAR)) {
      System.err.println(LocalNodes.JAR + " is missing; run ./growthbus bench entitlements.");
      return NOT_DONE;
    }
    if (quick) {
      System.out.println("A smoke run: it shows that everything works, its figures mean nothing.");
    }
    EntitlementsPlan plan = quick ? EntitlementsPlan.quick() : EntitlementsPlan.standard(rounds);
    EntitlementsBench.Outcome outcome = EntitlementsBench.run(plan, FOLDER, quick);
    Path file = FOLDER.resolve("entitlements.json");
    Files.writeString(file, outcome.figures().encodePrettily() + System.lineSeparator());
    System.out.println("Written to " + file);
    return outcome.failedChecks().isEmpty() ? DONE : CHECK_FAILED;
  }
}
