package io.growthbus.bench.nodes;

import io.growthbus.bench.ingest.BenchDatabase;
import io.growthbus.bench.ingest.ChildProcess;
import io.growthbus.bench.ingest.DataFolder;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Clustered nodes of the product on one embedded PostgreSQL, started with the command {@code
 * cluster} as it is shipped, with keys and on free ports; and whatever else a benchmark runs beside
 * them. All of it is stopped by its process id when this is closed, and when this process is told
 * to end.
 */
public final class LocalNodes implements AutoCloseable {
  /** The product's runnable jar. */
  public static final Path JAR = Path.of("cluster", "target", "growthbus.jar");

  private final Deque<AutoCloseable> started = new ArrayDeque<>();
  private final Thread whenTold = new Thread(this::stop, "stops what was started");
  private final Path folder;
  private final DataFolder data;
  private final int clusterPort;
  private final int size;
  private final List<InetSocketAddress> addresses = new ArrayList<>();
  private Optional<ProcessHandle> parent = Optional.empty();

  private LocalNodes(Path folder, String name, int size) {
    this.folder = folder.toAbsolutePath();
    this.size = size;
    this.data = new DataFolder(this.folder.resolve(name + "-data"));
    // One more for the benchmark itself, which joins as a service does.
    this.clusterPort = Ports.inARow(size + 1);
  }

  /**
   * Starts the nodes and waits until all are ready.
   *
   * @param folder for logs and, until the end, the data
   * @param name of the run
   * @param more settings beside the keys, as environment variables
   * @throws IllegalStateException when something does not start; nothing is left running then
   */
  public static LocalNodes start(Path folder, String name, int size, Map<String, String> more)
      throws Exception {
    LocalNodes nodes = new LocalNodes(Files.createDirectories(folder), name, size);
    Runtime.getRuntime().addShutdownHook(nodes.whenTold);
    try {
      nodes.startNodes(name, more);
      return nodes;
    } catch (Exception e) {
      nodes.close();
      throw e;
    }
  }

  /** Where node 1, 2, … answers HTTP. */
  public InetSocketAddress node(int number) {
    return addresses.get(number - 1);
  }

  /** The processes of the nodes, in the order of their numbers. */
  public List<ProcessHandle> processes() {
    return parent.stream()
        .flatMap(ProcessHandle::children)
        .filter(child -> child.info().command().orElse("").endsWith("java"))
        .sorted(Comparator.comparingLong(ProcessHandle::pid))
        .toList();
  }

  /** The database, seen by its superuser. */
  public BenchDatabase database() throws Exception {
    String at =
        data.address()
            .orElseThrow(() -> new IllegalStateException("the embedded PostgreSQL does not run"));
    BenchDatabase database =
        new BenchDatabase("jdbc:postgresql://" + at + "/growthbus?user=postgres");
    started.push(database);
    return database;
  }

  /** Kind of the file system on which the data lies. */
  public String fileSystem() throws Exception {
    return data.fileSystem();
  }

  /** Joins the cluster as a service of a customer does. */
  public ClusterMember join() throws Exception {
    return stoppedWithIt(
        ClusterMember.join("growthbus", clusterPort + size, clusterPort, size + 1));
  }

  /** Has something stopped before the nodes. */
  public <T extends AutoCloseable> T stoppedWithIt(T part) {
    started.push(part);
    return part;
  }

  /** Folder of the logs. */
  public Path folder() {
    return folder;
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

  private void startNodes(String name, Map<String, String> more) throws Exception {
    data.delete();
    Map<String, String> settings = BenchKeys.settings();
    settings.put("GROWTHBUS_DATA_DIR", data.path().toString());
    settings.put("GROWTHBUS_HTTP_PORT", "0");
    settings.put("GROWTHBUS_OPS_PORT", "0");
    settings.put("GROWTHBUS_CLUSTER_PORT", String.valueOf(clusterPort));
    settings.putAll(more);
    List<String> expected =
        IntStream.rangeClosed(1, size)
            .boxed()
            .flatMap(n -> List.of(n + ".app", n + ".rooms").stream())
            .toList();
    ChildProcess cluster =
        new ChildProcess(
            name,
            folder.resolve(name + "-nodes.log"),
            List.of(Java.COMMAND, "-jar", JAR.toString(), "cluster", String.valueOf(size)),
            settings,
            expected);
    started.push(data);
    started.push(cluster);
    parent = Optional.of(cluster.handle());
    for (int number = 1; number <= size; number++) {
      URI uri = URI.create(cluster.value(number + ".app"));
      addresses.add(new InetSocketAddress(uri.getHost(), uri.getPort()));
      cluster.value(number + ".rooms");
    }
  }

  private synchronized void stop() {
    while (!started.isEmpty()) {
      try {
        started.pop().close();
      } catch (Exception e) {
        System.err.println("Something did not stop cleanly: " + e.getMessage());
      }
    }
  }
}
