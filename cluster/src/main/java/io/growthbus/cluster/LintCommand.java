package io.growthbus.cluster;

import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Settings;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Checks a configuration folder without starting anything. */
@Command(
    name = "lint",
    description = "Checks a configuration folder without starting; one line per problem.",
    mixinStandardHelpOptions = true)
final class LintCommand implements Callable<Integer> {
  private final Map<String, String> environment;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "dir",
      description =
          "Folder with growth.json and node.properties (default: GROWTHBUS_CONF or ./conf).")
  private @Nullable String directory;

  LintCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() {
    Map<String, String> settings = new HashMap<>(environment);
    if (directory != null) {
      settings.put(Settings.environmentName("conf"), directory);
    }
    Problems problems = new Problems();
    NodeConfig.read(settings, problems);
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    problems.errors().forEach(line -> out.println("error: " + line));
    problems.warnings().forEach(line -> out.println("warning: " + line));
    if (!problems.isEmpty()) {
      return ExitCodes.CHECK_FAILED;
    }
    out.println(
        problems.warnings().isEmpty()
            ? "No problems."
            : "No errors; the warnings do not prevent a start.");
    return ExitCodes.DONE;
  }
}
