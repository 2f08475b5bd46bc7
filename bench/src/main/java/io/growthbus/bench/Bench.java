package io.growthbus.bench;

import io.growthbus.bench.entitlements.EntitlementsCommand;
import io.growthbus.bench.flags.FlagsCommand;
import io.growthbus.bench.ingest.ErasureCommand;
import io.growthbus.bench.ingest.IngestCommand;
import io.growthbus.bench.prompts.PromptsCommand;
import io.growthbus.bench.sdk.SdkCommand;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The benchmarks by name; each prints ratios and writes a JSON file. */
public final class Bench {
  private static final int DONE = 0;
  private static final int BAD_USAGE = 2;

  /** Each takes options and has exit codes of its own. */
  private static final Map<String, Function<List<String>, Integer>> COMMANDS =
      Map.of(
          "entitlements",
          EntitlementsCommand::run,
          "erasure",
          ErasureCommand::run,
          "flags",
          FlagsCommand::run,
          "ingest",
          IngestCommand::run,
          "prompts",
          PromptsCommand::run,
          "sdk",
          SdkCommand::run);

  private Bench() {}

  /** Runs the benchmark named, or all of them. */
  public static void main(String[] arguments) {
    System.exit(run(List.of(arguments)));
  }

  private static int run(List<String> arguments) {
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
    if (!arguments.isEmpty()) {
      System.err.println("There is no such benchmark; write one of: " + names());
      return BAD_USAGE;
    }
    int worst = DONE;
    for (Function<List<String>, Integer> command : COMMANDS.values()) {
      worst = Math.max(worst, command.apply(List.of()));
    }
    return worst;
  }

  private static String names() {
    return String.join(", ", COMMANDS.keySet().stream().sorted().toList());
  }
}
