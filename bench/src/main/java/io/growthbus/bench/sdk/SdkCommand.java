package io.growthbus.bench.sdk;

import io.growthbus.bench.ingest.Checks;
import io.growthbus.bench.ingest.Figures;
import io.growthbus.bench.ingest.Goal;
import io.growthbus.bench.ingest.Machine;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench sdk}: its options and its exit codes. */
@Command(
    name = "./growthbus bench sdk",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "The evaluator of the browser SDK in Node and in headless Chromium, side by side in one run"
          + " with GrowthBook's client for many users, flagd-core and Unleash's client of pages;"
          + " and the sizes of SDKs, minified and compressed. About 2 minutes.",
      ""
    },
    footer = {
      "",
      "Results: target/bench/sdk.json. The method: docs/performance.md.",
      "Exit codes: 0 done, whether goals are reached or not; 1 an answer was wrong; 2 bad usage;"
          + " 3 could not start or not go on to the end."
    })
public final class SdkCommand implements Callable<Integer> {
  private static final int DONE = 0;
  private static final int CHECK_FAILED = 1;
  private static final int BAD_USAGE = 2;
  private static final int NOT_STARTED = 3;
  private static final int LONGEST_MIN = 30;
  private static final Path FOLDER = Path.of("target", "bench");

  private static final List<Path> NEEDED =
      List.of(
          Path.of("bench", "peers-sdk", "node_modules", "posthog-js"),
          Path.of("browser", "node_modules", "playwright-core"));

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "Rounds in rotated order; fewer than five are no measurement. Default: 5.")
  private int rounds;

  @Option(
      names = "--quick",
      description = "Everything once and short: proves that it works, no figures.")
  private boolean quick;

  /** Runs the benchmark with the arguments behind its name; answers the exit code. */
  public static int run(List<String> arguments) {
    CommandLine line = new CommandLine(new SdkCommand());
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          System.err.println("The benchmark did not come to its end: " + failure.getMessage());
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
              + " is missing; ./growthbus bench sdk makes what it needs and runs in the folder of"
              + " the project.");
      return NOT_STARTED;
    }
    if (quick) {
      System.out.println("A smoke run: it shows that everything works, its figures mean nothing.");
    }
    Checks checks = new Checks();
    JsonObject machine = Machine.facts(Map.of(), "nothing");
    JsonObject measured = measured();
    Figures figures = SdkReport.figures(measured.getJsonArray("rounds"), checks);
    List<Goal> goals = SdkReport.goals(figures);
    SdkReport.print(measured, figures, goals, checks);
    Path file = FOLDER.resolve("sdk.json");
    Files.writeString(
        file,
        new JsonObject()
                .put("machine", machine)
                .put("node", measured.getString("node"))
                .put("chromium", measured.getString("chromium"))
                .put("figures", figures.toJson())
                .put("sizes", measured.getJsonObject("sizes"))
                .put("goals", Goal.toJson(goals))
                .put("failed_checks", new JsonArray(checks.failed()))
                .encodePrettily()
            + System.lineSeparator());
    System.out.println("Written to " + file);
    return checks.failed().isEmpty() ? DONE : CHECK_FAILED;
  }

  private JsonObject measured() throws IOException, InterruptedException {
    Path results = Files.createDirectories(FOLDER).resolve("sdk-measured.json").toAbsolutePath();
    Files.deleteIfExists(results);
    System.out.println("Evaluation in Node and in Chromium");
    Process process =
        new ProcessBuilder(
                "node",
                "--import",
                "tsx",
                "../bench/peers-sdk/sdk.mjs",
                results.toString(),
                String.valueOf(quick ? 1 : rounds),
                quick ? "200" : "1000",
                quick ? "200" : "1000")
            .directory(Path.of("browser").toFile())
            .inheritIO()
            .start();
    try {
      if (!process.waitFor(LONGEST_MIN, TimeUnit.MINUTES) || process.exitValue() != 0) {
        throw new IllegalStateException(
            "the programs in bench/peers-sdk failed; they say why above");
      }
    } finally {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
    }
    return new JsonObject(Files.readString(results));
  }
}
