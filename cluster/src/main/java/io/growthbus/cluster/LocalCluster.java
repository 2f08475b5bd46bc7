package io.growthbus.cluster;

import io.growthbus.shared.settings.Settings;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clustered nodes on loopback as child processes. This process owns the database, when it is the
 * embedded one, and stops it after the last node.
 *
 * <p>Nodes start one after another: a node that dies while another one joins can leave stale routes
 * behind, so joins do not overlap.
 */
final class LocalCluster implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LocalCluster.class);
  private static final Duration NODE_START = Duration.ofSeconds(90);
  private static final Duration NODE_STOP = Duration.ofSeconds(25);

  private final NodeConfig config;
  private final Map<String, String> environment;
  private final PrintWriter out;
  private final List<Process> nodes = new ArrayList<>();
  private @Nullable Database database;

  LocalCluster(NodeConfig config, Map<String, String> environment, PrintWriter out) {
    this.config = config;
    this.environment = environment;
    this.out = out;
  }

  /**
   * Starts the database and the nodes.
   *
   * @throws StartException when one of them does not start; {@link #close()} is the caller's
   */
  void start(int size) {
    String uri = config.postgres().uri();
    if (uri.isEmpty()) {
      Database embedded =
          EmbeddedPostgresServer.start(
              DataDirectory.open(config.node().dataDirectory()), config.postgres());
      database = embedded;
      uri = embedded.settings().uri();
      out.println(embedded.description());
    }
    String members =
        IntStream.range(0, size)
            .mapToObj(i -> config.node().clusterHost() + ":" + (config.node().clusterPort() + i))
            .collect(Collectors.joining(","));
    for (int i = 0; i < size; i++) {
      startNode(i, uri, members);
    }
  }

  /** Waits until the last node has ended; each that ends is said. */
  void join() throws InterruptedException {
    for (int i = 0; i < nodes.size(); i++) {
      int code = nodes.get(i).waitFor();
      LOG.info("node {} has ended with {}", i + 1, code);
    }
  }

  @Override
  public void close() {
    nodes.forEach(Process::destroy);
    for (Process node : nodes) {
      try {
        if (!node.waitFor(NODE_STOP.toSeconds(), TimeUnit.SECONDS)) {
          LOG.warn("process {} does not stop; ending it", node.pid());
          node.destroyForcibly();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (database != null) {
      database.close();
    }
  }

  private void startNode(int index, String uri, String members) {
    ProcessBuilder builder =
        new ProcessBuilder(command())
            .redirectErrorStream(true)
            .directory(Path.of("").toAbsolutePath().toFile());
    Map<String, String> variables = builder.environment();
    variables.clear();
    variables.putAll(environment);
    set(variables, "pg.uri", uri);
    set(variables, "http.port", String.valueOf(offset(config.edge().port(), index)));
    set(variables, "ops.port", String.valueOf(offset(config.node().opsPort(), index)));
    set(variables, "cluster.port", String.valueOf(config.node().clusterPort() + index));
    set(variables, "cluster.members", members);
    try {
      Process process = builder.start();
      nodes.add(process);
      CompletableFuture<Boolean> ready = new CompletableFuture<>();
      Thread reader = new Thread(() -> copyLines(process, index + 1, ready), "node-" + (index + 1));
      reader.setDaemon(true);
      reader.start();
      if (!ready.completeOnTimeout(false, NODE_START.toSeconds(), TimeUnit.SECONDS).join()) {
        throw StartException.environment(
            "Node " + (index + 1) + " did not start; the reason stands in its lines above.");
      }
    } catch (IOException e) {
      throw StartException.environment(
          "Node " + (index + 1) + " could not be run: " + e.getMessage());
    }
  }

  private void copyLines(Process process, int number, CompletableFuture<Boolean> ready) {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        out.println("[" + number + "] " + line);
        out.flush();
        // The list of rooms is the last line of the announcement but for the members.
        if (line.startsWith("  rooms ")) {
          ready.complete(true);
        }
      }
    } catch (IOException e) {
      LOG.debug("the output of node {} was closed", number, e);
    } finally {
      ready.complete(false);
    }
  }

  /** Port of the node with that index; 0 stays 0, a free port for each. */
  private static int offset(int port, int index) {
    return port == 0 ? 0 : port + index;
  }

  private static void set(Map<String, String> variables, String setting, String value) {
    variables.put(Settings.environmentName(setting), value);
  }

  /** This very program with this JVM's own options, agents left aside. */
  private static List<String> command() {
    String classPath = System.getProperty("java.class.path");
    boolean jar = classPath.endsWith(".jar") && !classPath.contains(File.pathSeparator);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> !option.startsWith("-javaagent") && !option.startsWith("-agentlib"))
        .forEach(command::add);
    command.addAll(
        jar ? List.of("-jar", classPath) : List.of("-cp", classPath, Main.class.getName()));
    command.add("run");
    return command;
  }
}
