package io.growthbus.bench.ingest;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Everything that runs beside the generator: one node of the product as it is shipped, with keys,
 * on free ports and with its own embedded PostgreSQL, and the peers on the same PostgreSQL. All of
 * it is stopped by its process id when this is closed, and when this process is told to end.
 */
final class BenchServers implements AutoCloseable {
  /** The key that the generator presents. */
  static final String SECRET_KEY = "bench-secret-key";

  private static final Pattern DATABASE =
      Pattern.compile("embedded PostgreSQL on ([^:]+:\\d+), data in (.*)");

  private final Deque<AutoCloseable> started = new ArrayDeque<>();
  private final Thread whenTold = new Thread(this::stop, "stops what was started");
  private final Path folder;
  private final DataFolder data;
  private @Nullable ChildProcess node;
  private @Nullable ChildProcess express;
  private @Nullable ChildProcess fastify;
  private @Nullable BenchDatabase database;
  private String databaseAt = "";

  /**
   * @param folder for logs and, until the end, the data
   */
  private BenchServers(Path folder) {
    this.folder = folder;
    this.data = new DataFolder(folder.resolve("ingest-data"));
  }

  /**
   * Starts all of it.
   *
   * @throws IllegalStateException when something does not start; nothing is left running then
   */
  static BenchServers start(Path folder) throws Exception {
    BenchServers servers = withoutPeers(folder);
    try {
      servers.startPeers();
      return servers;
    } catch (Exception e) {
      servers.close();
      throw e;
    }
  }

  /** The node and its database only; as {@link #start}. */
  static BenchServers withoutPeers(Path folder) throws Exception {
    BenchServers servers = new BenchServers(Files.createDirectories(folder).toAbsolutePath());
    Runtime.getRuntime().addShutdownHook(servers.whenTold);
    try {
      servers.startNode();
      return servers;
    } catch (Exception e) {
      servers.close();
      throw e;
    }
  }

  BenchDatabase database() {
    return require(database);
  }

  /** Address of the database for the application's own role. */
  String applicationUri() {
    return "postgresql://growthbus@" + databaseAt + "/growthbus";
  }

  InetSocketAddress product() throws InterruptedException {
    return address(require(node));
  }

  InetSocketAddress express() throws InterruptedException {
    return address(require(express));
  }

  InetSocketAddress fastify() throws InterruptedException {
    return address(require(fastify));
  }

  /** Process of the node. */
  ProcessHandle node() {
    return require(node).handle();
  }

  /**
   * Runs something while the node stands still, so that what it does of its own accord takes
   * nothing from what is measured.
   */
  void whileNodeRests(Measurement measurement) throws Exception {
    DataFolder.signal("-STOP", node());
    try {
      measurement.run();
    } finally {
      DataFolder.signal("-CONT", node());
    }
  }

  /** Something that is measured. */
  interface Measurement {
    void run() throws Exception;
  }

  /** Kind of the file system on which the data lies. */
  String fileSystem() throws IOException {
    return data.fileSystem();
  }

  /** Seconds of processor time that each part of the run has used so far. */
  Map<String, Double> cpuSeconds() {
    Map<String, Double> used = new LinkedHashMap<>();
    used.put("node", seconds(require(node).handle()));
    used.put("express", seconds(require(express).handle()));
    used.put("fastify", seconds(require(fastify).handle()));
    used.put("generator", seconds(ProcessHandle.current()));
    used.put(
        "postgresql",
        data.postmaster().stream()
            .flatMap(parent -> Stream.concat(Stream.of(parent), parent.children()))
            .mapToDouble(BenchServers::seconds)
            .sum());
    return used;
  }

  @Override
  public void close() {
    stop();
    try {
      Runtime.getRuntime().removeShutdownHook(whenTold);
    } catch (IllegalStateException e) {
      // The process is ending already, and the hook is what stops everything.
      return;
    }
  }

  private void startNode() throws Exception {
    data.delete();
    node =
        child("node", List.of(java(), "-jar", "cluster/target/growthbus.jar", "run"), settings());
    Matcher place = DATABASE.matcher(node.value("database"));
    if (!place.matches()) {
      throw new IllegalStateException("the node does not say where its PostgreSQL is");
    }
    databaseAt = place.group(1);
    database = new BenchDatabase("jdbc:postgresql://" + databaseAt + "/growthbus?user=postgres");
    started.push(database);
  }

  private void startPeers() throws IOException {
    express = peer("express", BenchDatabase.EXPRESS);
    fastify = peer("fastify", BenchDatabase.FASTIFY);
  }

  private Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>();
    settings.put("GROWTHBUS_CONF", "conf");
    settings.put("GROWTHBUS_DATA_DIR", data.path().toString());
    settings.put("GROWTHBUS_HTTP_PORT", "0");
    settings.put("GROWTHBUS_OPS_PORT", "0");
    // A machine that is busy while everything starts must not end the run.
    settings.put("GROWTHBUS_PG_CONNECT_TIMEOUT", "20s");
    settings.put("GROWTHBUS_PUBLISHABLE_KEY", "bench-publishable-key");
    settings.put("GROWTHBUS_SECRET_KEY", SECRET_KEY);
    settings.put("GROWTHBUS_ADMIN_KEY", "bench-admin-key");
    settings.put("GROWTHBUS_TOKEN_SECRET", "bench-token-secret-of-thirty-two-bytes-or-more");
    return settings;
  }

  private ChildProcess peer(String name, String table) throws IOException {
    return child(
        name,
        List.of("node", "bench/peers/" + name + ".js"),
        Map.of(
            "NODE_ENV",
            "production",
            "BENCH_TABLE",
            table,
            "BENCH_PG_URI",
            "postgresql://postgres@" + databaseAt + "/growthbus"));
  }

  private ChildProcess child(String name, List<String> command, Map<String, String> environment)
      throws IOException {
    ChildProcess child =
        new ChildProcess(
            name, folder.resolve(name + ".log"), command, environment, List.of("app", "database"));
    started.push(child);
    return child;
  }

  private synchronized void stop() {
    if (node != null) {
      // One that rests would not hear that it shall end.
      DataFolder.signal("-CONT", node.handle());
    }
    while (!started.isEmpty()) {
      try {
        started.pop().close();
      } catch (Exception e) {
        System.err.println("Something did not stop cleanly: " + e.getMessage());
      }
    }
    data.close();
  }

  private static InetSocketAddress address(ChildProcess server) throws InterruptedException {
    URI uri = URI.create(server.value("app"));
    return new InetSocketAddress(uri.getHost(), uri.getPort());
  }

  private static double seconds(ProcessHandle process) {
    return process.info().totalCpuDuration().map(used -> used.toNanos() / 1e9).orElse(0.0);
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static <T> T require(@Nullable T part) {
    if (part == null) {
      throw new IllegalStateException("it is not started");
    }
    return part;
  }
}
