package io.growthbus.bench;

import io.growthbus.bench.entitlements.EntitlementsCommand;
import io.growthbus.bench.ingest.ErasureCommand;
import io.growthbus.bench.ingest.IngestCommand;
import io.growthbus.bench.prompts.PromptsCommand;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/** The benchmarks by name; prints ratios and writes one JSON file for each. */
public final class Bench {
  private static final int DONE = 0;
  private static final int BAD_USAGE = 2;

  /** A benchmark: runs, prints what it measures, and answers its figures as JSON. */
  interface Measured {
    JsonObject run() throws Exception;
  }

  private static final Map<String, Measured> ALL = Map.of("flags", FlagsReport::run);

  /** These take options and have exit codes of their own. */
  private static final Map<String, Function<List<String>, Integer>> COMMANDS =
      Map.of(
          "entitlements",
          EntitlementsCommand::run,
          "erasure",
          ErasureCommand::run,
          "ingest",
          IngestCommand::run,
          "prompts",
          PromptsCommand::run);

  private Bench() {}

  /** Runs the benchmark named, or all of them. */
  public static void main(String[] arguments) throws Exception {
    System.exit(run(List.of(arguments)));
  }

  private static int run(List<String> arguments) throws Exception {
    Function<List<String>, Integer> chosen =
        arguments.isEmpty() ? null : COMMANDS.get(arguments.get(0));
    if (chosen != null) {
      return chosen.apply(arguments.subList(1, arguments.size()));
    }
    if (arguments.contains("--help")) {
      System.out.println("Usage: ./growthbus bench [name], name one of: " + names());
      System.out.println("What one takes: ./growthbus bench ingest --help");
      return DONE;
    }
    if (arguments.size() > 1 || !ALL.keySet().containsAll(arguments)) {
      System.err.println("There is no such benchmark; write one of: " + names());
      return BAD_USAGE;
    }
    for (Map.Entry<String, Measured> benchmark : ALL.entrySet()) {
      if (arguments.isEmpty() || arguments.contains(benchmark.getKey())) {
        write(benchmark.getKey(), benchmark.getValue().run());
      }
    }
    int worst = DONE;
    if (arguments.isEmpty()) {
      for (Function<List<String>, Integer> command : COMMANDS.values()) {
        worst = Math.max(worst, command.apply(List.of()));
      }
    }
    return worst;
  }

  private static void write(String name, JsonObject figures) throws IOException {
    Path file = Files.createDirectories(Path.of("target", "bench")).resolve(name + ".json");
    Files.writeString(file, figures.encodePrettily() + System.lineSeparator());
    System.out.println("Written to " + file);
  }

  private static String names() {
    return String.join(
        ", ", Stream.concat(ALL.keySet().stream(), COMMANDS.keySet().stream()).sorted().toList());
  }
}
