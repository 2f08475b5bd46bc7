package io.growthbus.cluster;

import io.growthbus.shared.settings.Settings;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Starts one node and keeps it running until SIGTERM or SIGINT, which drain it. */
@Command(
    name = "run",
    description = "Starts one node; an embedded PostgreSQL unless GROWTHBUS_PG_URI is set.",
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  /** Result of a command whose node goes on running. */
  static final int KEEPS_RUNNING = -1;

  private static final Logger LOG = LoggerFactory.getLogger(RunCommand.class);

  private final Map<String, String> environment;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--help-settings",
      description = "Lists every setting: its names, default, range and meaning.")
  private boolean helpSettings;

  RunCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    if (helpSettings) {
      settings(out);
      return ExitCodes.DONE;
    }
    NodeConfig config = NodeConfig.load(environment);
    config.warnings().forEach(LOG::warn);
    Node node = new Node(config);
    Shutdown shutdown = new Shutdown(config.node().stopTimeout(), node::close);
    shutdown.install();
    try {
      node.start();
    } catch (RuntimeException e) {
      shutdown.cancel();
      throw e;
    }
    announce(out, node);
    return KEEPS_RUNNING;
  }

  private static void announce(PrintWriter out, Node node) {
    NodeConfig config = node.config();
    double seconds =
        (System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime()) / 1000.0;
    out.printf(
        Locale.ROOT,
        "%nGrowthbus %s %s in %.1f s (%s)%n",
        Version.text(),
        node.isWithoutDatabase() ? "has started without its database" : "is ready",
        seconds,
        config.edge().openMode()
            ? "open mode: no keys are configured, loopback only"
            : "keys are required");
    node.httpUrl()
        .ifPresent(
            url -> {
              line(out, "app", url);
              if (config.edge().openMode()) {
                line(out, "demo", url + "/demo/");
              }
            });
    line(out, "ops", node.opsUrl());
    line(
        out,
        "database",
        node.databaseDescription()
            + (node.isWithoutDatabase()
                ? ": does not answer and is tried every second; flags are served as they were last"
                : ""));
    line(
        out,
        "rooms",
        String.join(", ", NodeSettings.ROOMS.stream().filter(config.node()::runs).toList()));
    if (config.node().clustered()) {
      line(out, "cluster", String.join(", ", config.node().members()));
    }
    out.flush();
  }

  private static void line(PrintWriter out, String name, String value) {
    out.printf(Locale.ROOT, "  %-9s %s%n", name, value);
  }

  private static void settings(PrintWriter out) {
    Collection<Settings.Declared> declared = NodeConfig.declaredSettings();
    for (Settings.Declared setting : declared) {
      out.printf(
          Locale.ROOT,
          "%s%n    %s%n    in node.properties: %s; default: %s; %s%n",
          setting.environmentName(),
          setting.meaning(),
          setting.name(),
          setting.fallback().isEmpty() ? "(none)" : setting.fallback(),
          setting.range());
    }
    out.flush();
  }
}
