package io.growthbus.bench.prompts;

import io.growthbus.bench.nodes.LocalNodes;
import io.growthbus.bench.prompts.PromptsBench.Part;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench prompts}: its options and its exit codes. */
@Command(
    name = "./growthbus bench prompts",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "From an event that one node takes to the prompt on a page of another node, at 200 crossings a"
          + " second beside 2,000 events a second and 1,000 sockets; the push alone beside bare Vert.x"
          + " SockJS, Socket.IO and sockjs-node; and a node at rest: its start, its memory, what each"
          + " of many idle sockets adds.",
      "",
      "Starts nodes of its own with keys and free ports, and stops them. About 8 minutes.",
      ""
    },
    footer = {
      "",
      "Results: target/bench/prompts.json. The method: docs/performance.md.",
      "Exit codes: 0 done, whether goals are reached or not; 1 a prompt was lost or came twice, or"
          + " something was refused; 2 bad usage; 3 could not start or not go on to the end."
    })
public final class PromptsCommand implements Callable<Integer> {
  private static final int DONE = 0;
  private static final int CHECK_FAILED = 1;
  private static final int BAD_USAGE = 2;
  private static final int NOT_DONE = 3;
  private static final Path FOLDER = Path.of("target", "bench");

  /** What a run needs that a build or an installation makes. */
  private static final List<Path> NEEDED =
      List.of(LocalNodes.JAR, Path.of("bench", "peers", "node_modules", "socket.io"));

  @Option(
      names = "--waves",
      defaultValue = "8",
      description = "Waves of 1,000 users who reach a threshold, 1 to 20. Default: 8.")
  private int waves;

  @Option(
      names = "--idle-sockets",
      defaultValue = "10000",
      description =
          "Idle sockets on one node, 100 to 20000; ulimit -n must be higher. Default: 10000.")
  private int idleSockets;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "PART",
      description = "Only these parts: crossings, push, idle. Default: all of them.")
  private List<Part> only = List.of(Part.values());

  @Option(
      names = "--quick",
      description = "Everything once and short: proves that it works, no figures.")
  private boolean quick;

  /** Runs the benchmark with the arguments behind its name; answers the exit code. */
  public static int run(List<String> arguments) {
    CommandLine line =
        new CommandLine(new PromptsCommand()).setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          System.err.println("The benchmark did not come to its end: " + failure);
          return NOT_DONE;
        });
    return line.execute(arguments.toArray(String[]::new));
  }

  @Override
  public Integer call() throws Exception {
    if (waves < 1 || waves > 20 || idleSockets < 100 || idleSockets > 20_000) {
      System.err.println("--waves must be 1 to 20, --idle-sockets 100 to 20000");
      return BAD_USAGE;
    }
    for (Path path : NEEDED) {
      if (!Files.exists(path)) {
        System.err.println(path + " is missing; ./growthbus bench prompts makes what it needs.");
        return NOT_DONE;
      }
    }
    if (quick) {
      System.out.println("A smoke run: it shows that everything works, its figures mean nothing.");
    }
    PromptsPlan plan = quick ? PromptsPlan.quick() : PromptsPlan.standard(waves, idleSockets);
    PromptsBench.Outcome outcome = PromptsBench.run(plan, FOLDER, EnumSet.copyOf(only));
    Path file = FOLDER.resolve("prompts.json");
    Files.writeString(file, outcome.figures().encodePrettily() + System.lineSeparator());
    System.out.println("Written to " + file);
    return outcome.failedChecks().isEmpty() ? DONE : CHECK_FAILED;
  }
}
