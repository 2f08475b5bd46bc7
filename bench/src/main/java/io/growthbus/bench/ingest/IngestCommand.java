package io.growthbus.bench.ingest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench ingest}: its options and its exit codes. */
@Command(
    name = "./growthbus bench ingest",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Durable events per second over HTTP with everything on, side by side in one run with one raw"
          + " stream of COPY, the product's statement without HTTP, and two servers as one writes"
          + " them with Node (Express + pg, Fastify + pg), all on one embedded PostgreSQL.",
      "",
      "Starts a node of its own with keys and free ports, and stops all of it. About 12 minutes;"
          + " with --rows 20000000 about half an hour more and 36 GB of disk.",
      ""
    },
    footer = {
      "",
      "For figures that mean something: a machine with nothing else to do (load average below 0.3,"
          + " no build, no browser), data on a disk and not in memory (target/bench), no battery and"
          + " no throttling, three runs of which the ratios agree. Ratios are medians of the ratios of"
          + " each round; absolute figures of two machines cannot be compared.",
      "",
      "Results: target/bench/ingest.json; logs of the servers beside it. The method:"
          + " docs/performance.md.",
      "Exit codes: 0 done, whether goals are reached or not; 1 something was lost, refused or"
          + " counted wrongly; 2 bad usage; 3 could not start or not go on to the end."
    })
public final class IngestCommand implements Callable<Integer> {
  private static final int DONE = 0;
  private static final int CHECK_FAILED = 1;
  private static final int BAD_USAGE = 2;
  private static final int NOT_STARTED = 3;
  private static final int FEWEST_ROUNDS = 1;
  private static final Path FOLDER = Path.of("target", "bench");

  /** What a run needs that a build or an installation makes. */
  private static final List<Path> NEEDED =
      List.of(
          Path.of("cluster", "target", "growthbus.jar"),
          Path.of("bench", "peers", "node_modules", "pg"),
          Path.of("conf", "growth.json"));

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "Rounds in rotated order; fewer than five are no measurement. Default: 5.")
  private int rounds;

  @Option(
      names = "--rows",
      defaultValue = "" + IngestPlan.SHORT_CURVE,
      description =
          "Rows at which the growth curve ends, 1000 or more. From 1000000 on it is measured at 0,"
              + " 5, 25, 50 and 100 %% of them, so 20000000 means 0, 1, 5, 10 and 20 million."
              + " Default: 300000.")
  private long rows;

  @Option(
      names = "--profile",
      description =
          "Records the saturated node afterwards (target/bench/ingest.jfr) and prints where its"
              + " time and its memory went.")
  private boolean profile;

  @Option(
      names = "--quick",
      description = "Everything once and short, below a minute: proves that it works, no figures.")
  private boolean quick;

  /** Runs the benchmark with the arguments behind its name; answers the exit code. */
  public static int run(List<String> arguments) {
    CommandLine line = new CommandLine(new IngestCommand());
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          System.err.println("The benchmark did not come to its end: " + reason(failure));
          return NOT_STARTED;
        });
    return line.execute(arguments.toArray(String[]::new));
  }

  @Override
  public Integer call() throws Exception {
    if (rounds < FEWEST_ROUNDS || rounds > 100 || rows < 1_000 || rows > 1_000_000_000) {
      System.err.println("--rounds must be 1 to 100, --rows 1000 to 1000000000");
      return BAD_USAGE;
    }
    IngestPlan plan = quick ? IngestPlan.quick() : IngestPlan.standard(rounds, rows);
    @Nullable String missing = missing(plan);
    if (missing != null) {
      System.err.println(missing);
      return NOT_STARTED;
    }
    if (quick) {
      System.out.println("A smoke run: it shows that everything works, its figures mean nothing.");
    }
    IngestBench.Outcome outcome = IngestBench.run(plan, FOLDER, profile);
    Path file = FOLDER.resolve("ingest.json");
    Files.writeString(file, outcome.figures().encodePrettily() + System.lineSeparator());
    System.out.println("Written to " + file);
    return outcome.failedChecks().isEmpty() ? DONE : CHECK_FAILED;
  }

  private static @Nullable String missing(IngestPlan plan) throws IOException {
    for (Path path : NEEDED) {
      if (!Files.exists(path)) {
        return path
            + " is missing; ./growthbus bench ingest makes what it needs and runs in the"
            + " folder of the project.";
      }
    }
    long free = Files.getFileStore(Files.createDirectories(FOLDER)).getUsableSpace();
    return free >= plan.diskBytes()
        ? null
        : String.format(
            Locale.ROOT,
            "The disk of %s has %.1f GB left and the run may need %.1f; choose fewer --rows.",
            FOLDER,
            free / 1e9,
            plan.diskBytes() / 1e9);
  }

  private static String reason(Throwable failure) {
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }
}
