package io.growthbus.cluster;

import java.io.PrintWriter;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Several clustered nodes on loopback, each a process of its own, on one PostgreSQL. */
@Command(
    name = "cluster",
    description = "Starts n clustered nodes on loopback (8080, 8081, …) on one PostgreSQL.",
    mixinStandardHelpOptions = true)
final class ClusterCommand implements Callable<Integer> {
  private static final int MAX_NODES = 9;

  private final Map<String, String> environment;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "n",
      defaultValue = "3",
      description = "How many nodes, 1 to 9 (default: ${DEFAULT-VALUE}).")
  private int size;

  ClusterCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws InterruptedException {
    CommandSpec command = Objects.requireNonNull(spec);
    if (size < 1 || size > MAX_NODES) {
      throw new ParameterException(command.commandLine(), "n must be 1 to " + MAX_NODES + ".");
    }
    PrintWriter out = command.commandLine().getOut();
    NodeConfig config = NodeConfig.load(environment);
    LocalCluster cluster = new LocalCluster(config, environment, out);
    Shutdown shutdown = new Shutdown(config.node().stopTimeout().multipliedBy(2), cluster::close);
    shutdown.install();
    try {
      cluster.start(size);
    } catch (RuntimeException e) {
      shutdown.cancel();
      cluster.close();
      throw e;
    }
    out.printf("%n%d nodes are ready; Ctrl-C stops them.%n", size);
    out.flush();
    cluster.join();
    shutdown.cancel();
    cluster.close();
    throw StartException.environment("Every node has ended; their last lines above say why.");
  }
}
