package io.growthbus.cluster;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The commands of the runnable jar. */
@Command(
    name = "growthbus",
    description = "A self-hosted backbone for product-led growth.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      RunCommand.class,
      ClusterCommand.class,
      LintCommand.class,
      SchemasCommand.class,
      ExportCommand.class,
      ApplyCommand.class,
      EvalCommand.class,
      HelpCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:a check failed",
      "2:bad usage or configuration",
      "3:could not start (port taken, database unreachable)"
    })
final class Main implements Runnable {
  @Spec private @org.jspecify.annotations.Nullable CommandSpec spec;

  public static void main(String[] arguments) {
    useLoggingOf(Path.of(System.getenv().getOrDefault("GROWTHBUS_CONF", "./conf")));
    int code = commandLine(System.getenv()).execute(arguments);
    if (code != RunCommand.KEEPS_RUNNING) {
      System.exit(code);
    }
  }

  /** Before the first logger is made: an operator's logback.xml wins over the one in the jar. */
  private static void useLoggingOf(Path conf) {
    Path file = conf.resolve("logback.xml");
    if (System.getProperty("logback.configurationFile") == null && Files.exists(file)) {
      System.setProperty("logback.configurationFile", file.toAbsolutePath().toString());
    }
  }

  /** The commands, reading settings from the given environment. */
  static CommandLine commandLine(Map<String, String> environment) {
    CommandLine.IFactory factory = new CommandFactory(environment);
    return new CommandLine(Main.class, factory).setExecutionExceptionHandler(Main::report);
  }

  @Override
  public void run() {
    CommandSpec command = java.util.Objects.requireNonNull(spec);
    throw new ParameterException(command.commandLine(), "Which command?");
  }

  private static int report(
      Exception failure, CommandLine command, CommandLine.ParseResult arguments) {
    PrintWriter err = command.getErr();
    if (failure instanceof StartException start) {
      start.lines().forEach(err::println);
      return start.exitCode();
    }
    err.println("Unexpected failure: " + failure);
    org.slf4j.LoggerFactory.getLogger(Main.class).error("unexpected failure", failure);
    return ExitCodes.CANNOT_START;
  }

  /** Hands the environment to the commands that want it. */
  private record CommandFactory(Map<String, String> environment) implements CommandLine.IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      if (type == RunCommand.class) {
        return type.cast(new RunCommand(environment));
      }
      if (type == ClusterCommand.class) {
        return type.cast(new ClusterCommand(environment));
      }
      if (type == LintCommand.class) {
        return type.cast(new LintCommand(environment));
      }
      if (type == SchemasCommand.class) {
        return type.cast(new SchemasCommand(environment));
      }
      if (type == ExportCommand.class) {
        return type.cast(new ExportCommand(environment));
      }
      if (type == ApplyCommand.class) {
        return type.cast(new ApplyCommand(environment));
      }

      if (type == EvalCommand.class) {
        return type.cast(new EvalCommand(environment));
      }
      return type == Main.class ? type.cast(new Main()) : CommandLine.defaultFactory().create(type);
    }
  }
}
