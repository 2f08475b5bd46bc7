package io.growthbus.bench.flags;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench flags}: its options and its exit codes. */
@Command(
    name = "./growthbus bench flags",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Evaluation of flags, side by side in one run: in the JVM beside the SDKs of LaunchDarkly,"
          + " Unleash and flagd; over HTTP (OFREP) beside a bare Vert.x server and unleash-server;"
          + " over the clustered bus beside a bare echo; and how long a change takes to reach every"
          + " one of three nodes.",
      "",
      "Starts nodes of its own on free ports, and stops all of it. About 25 minutes.",
      ""
    },
    footer = {
      "",
      "For figures that mean something: a machine with nothing else to do (load average below 0.3)."
          + " Ratios are medians of the ratios of each round.",
      "",
      "Results: target/bench/flags.json; logs beside it. The method: docs/performance.md.",
      "Exit codes: 0 done, whether goals are reached or not; 1 an answer was wrong or refused;"
          + " 2 bad usage; 3 could not start or not go on to the end."
    })
public final class FlagsCommand implements Callable<Integer> {
  private static final int DONE = 0;
  private static final int CHECK_FAILED = 1;
  private static final int BAD_USAGE = 2;
  private static final int NOT_STARTED = 3;
  private static final Path FOLDER = Path.of("target", "bench");

  private static final List<Path> NEEDED =
      List.of(
          Path.of("cluster", "target", "growthbus.jar"),
          Path.of("bench", "peers-flags", "node_modules", "unleash-server"),
          Evaluators.PEERS.resolve("lib"),
          Path.of("conf", "growth.json"));

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "Rounds in rotated order; fewer than five are no measurement. Default: 5.")
  private int rounds;

  @Option(
      names = "--quick",
      description =
          "Everything once and short, some two minutes: proves that it works, no figures.")
  private boolean quick;

  @Option(
      names = "--part",
      split = ",",
      description = "Only some of: ${COMPLETION-CANDIDATES}. Default: all.")
  private Set<FlagsBench.Part> parts = EnumSet.allOf(FlagsBench.Part.class);

  /** Runs the benchmark with the arguments behind its name; answers the exit code. */
  public static int run(List<String> arguments) {
    CommandLine line =
        new CommandLine(new FlagsCommand()).setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          System.err.println("The benchmark did not come to its end: " + reason(failure));
          return NOT_STARTED;
        });
    return line.execute(arguments.toArray(String[]::new));
  }

  @Override
  public Integer call() throws Exception {
    if (rounds < 1 || rounds > 100) {
      System.err.println("--rounds must be 1 to 100");
      return BAD_USAGE;
    }
    Optional<Path> missing = NEEDED.stream().filter(path -> !Files.exists(path)).findFirst();
    if (missing.isPresent()) {
      System.err.println(
          missing.get()
              + " is missing; ./growthbus bench flags makes what it needs and runs in the folder"
              + " of the project.");
      return NOT_STARTED;
    }
    if (quick) {
      System.out.println("A smoke run: it shows that everything works, its figures mean nothing.");
    }
    Path folder = Files.createDirectories(FOLDER);
    FlagsBench.Outcome outcome =
        FlagsBench.run(quick ? FlagsPlan.quick() : FlagsPlan.standard(rounds), folder, parts);
    Path file = folder.resolve("flags.json");
    Files.writeString(file, outcome.figures().encodePrettily() + System.lineSeparator());
    System.out.println("Written to " + file);
    return outcome.failedChecks().isEmpty() ? DONE : CHECK_FAILED;
  }

  private static String reason(Throwable failure) {
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }
}
