package io.growthbus.bench.prompts;

import io.growthbus.bench.ingest.Checks;
import io.growthbus.bench.ingest.ChildProcess;
import io.growthbus.bench.ingest.DataFolder;
import io.growthbus.bench.ingest.Statistics;
import io.growthbus.bench.nodes.BenchKeys;
import io.growthbus.bench.nodes.Dialect;
import io.growthbus.bench.nodes.Java;
import io.growthbus.bench.nodes.LocalNodes;
import io.growthbus.bench.nodes.Sockets;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * One node that is not clustered and has nothing to do: how long it takes to start on an existing
 * database, what memory it has then, and what each open socket adds to its heap.
 */
final class IdleNode implements AutoCloseable {
  private static final Path ARCHIVE = Path.of("cluster", "target", "growthbus.jsa");
  private static final int WARM_UP_SOCKETS = 200;
  private static final double KIB = 1_024;

  private final PromptsPlan plan;
  private final Path folder;
  private final DataFolder data;
  private final Checks checks;
  private final Thread whenTold = new Thread(this::stop, "stops the idle node");
  private final List<ChildProcess> running = new ArrayList<>();

  private IdleNode(PromptsPlan plan, Path folder, Checks checks) {
    this.plan = plan;
    this.folder = folder.toAbsolutePath();
    this.data = new DataFolder(this.folder.resolve("idle-data"));
    this.checks = checks;
    Runtime.getRuntime().addShutdownHook(whenTold);
  }

  /**
   * What was measured.
   *
   * @param startS seconds from the start of the process until it is ready, its own PostgreSQL
   *     included
   * @param startOnRunningS the same on a PostgreSQL that runs already
   * @param residentMb memory of the process at rest
   * @param sockets that were open at a time
   * @param heapBeforeMb live heap without sockets
   * @param heapPerSocketKib what each socket added to the live heap
   * @param residentWithSocketsMb memory of the process with the sockets
   * @param bytesByClass what each socket added to the live heap, the largest first
   */
  record Result(
      double startS,
      double startOnRunningS,
      double residentMb,
      int sockets,
      double heapBeforeMb,
      double heapPerSocketKib,
      double residentWithSocketsMb,
      Map<String, Double> bytesByClass) {
    JsonObject toJson() {
      JsonObject classes = new JsonObject();
      bytesByClass.forEach(classes::put);
      return new JsonObject()
          .put("start_s", startS)
          .put("start_on_running_postgresql_s", startOnRunningS)
          .put("resident_mb", residentMb)
          .put("idle_sockets", sockets)
          .put("heap_without_sockets_mb", heapBeforeMb)
          .put("heap_per_socket_kib", heapPerSocketKib)
          .put("resident_with_sockets_mb", residentWithSocketsMb)
          .put("bytes_per_socket_by_class", classes);
    }
  }

  /** Measures all of it and leaves nothing running. */
  static Result measure(PromptsPlan plan, Path folder, Checks checks) throws Exception {
    try (IdleNode node = new IdleNode(plan, folder, checks)) {
      return node.measure();
    }
  }

  private Result measure() throws Exception {
    data.delete();
    // The first start makes the database.
    end(startEmbedded());
    List<Double> starts = new ArrayList<>();
    for (int i = 0; i < plan.starts(); i++) {
      long begun = System.nanoTime();
      ChildProcess node = startEmbedded();
      starts.add((System.nanoTime() - begun) / 1e9);
      end(node);
    }
    ChildProcess node = startEmbedded();
    List<Double> onRunning = new ArrayList<>();
    for (int i = 0; i < plan.starts(); i++) {
      long begun = System.nanoTime();
      ChildProcess second = startBeside();
      onRunning.add((System.nanoTime() - begun) / 1e9);
      end(second);
    }
    LockSupport.parkNanos(plan.settle().toNanos());
    double resident = residentMb(node);
    System.out.printf(
        Locale.ROOT,
        "  ready after %.2f s, on a running PostgreSQL %.2f s; %.0f MB resident at rest%n",
        Statistics.median(starts),
        Statistics.median(onRunning),
        resident);
    return withSockets(node, Statistics.median(starts), Statistics.median(onRunning), resident);
  }

  private Result withSockets(
      ChildProcess node, double startS, double startOnRunningS, double residentMb)
      throws Exception {
    URI uri = URI.create(node.value("app"));
    InetSocketAddress address = new InetSocketAddress(uri.getHost(), uri.getPort());
    open(address, "warm-up", WARM_UP_SOCKETS).close();
    LockSupport.parkNanos(plan.settle().toNanos());
    LiveHeap before = LiveHeap.of(node);
    try (Sockets sockets = open(address, "idle", plan.idleSockets())) {
      LockSupport.parkNanos(plan.settle().toNanos());
      LiveHeap with = LiveHeap.of(node);
      checks.expect(sockets.lost() == 0, sockets.lost() + " idle sockets were closed");
      Result result =
          new Result(
              startS,
              startOnRunningS,
              residentMb,
              sockets.size(),
              before.bytes() / KIB / KIB,
              (with.bytes() - before.bytes()) / KIB / sockets.size(),
              residentMb(node),
              with.since(before, sockets.size()));
      System.out.printf(
          Locale.ROOT,
          "  %,d idle sockets: %.1f KiB of heap each (%.1f MB without), %.0f MB resident%n",
          result.sockets(),
          result.heapPerSocketKib(),
          result.heapBeforeMb(),
          result.residentWithSocketsMb());
      return result;
    }
  }

  private static Sockets open(InetSocketAddress node, String who, int count) throws Exception {
    return Sockets.open(
        node,
        Dialect.product(List.of("me.prompts", "me.entitlements", "public.flags")),
        IntStream.range(0, count).mapToObj(i -> who + "-" + i).toList(),
        (socket, frame, nanos) -> {});
  }

  private ChildProcess startEmbedded() throws Exception {
    return start("idle-node", Map.of("GROWTHBUS_DATA_DIR", data.path().toString()));
  }

  private ChildProcess startBeside() throws Exception {
    return start(
        "second-node",
        Map.of(
            "GROWTHBUS_DATA_DIR",
            folder.resolve("second-data").toString(),
            "GROWTHBUS_PG_URI",
            "postgresql://growthbus@" + data.address().orElseThrow() + "/growthbus"));
  }

  /** As {@code ./growthbus run} does, with the classes that it keeps for the next start. */
  private ChildProcess start(String name, Map<String, String> more) throws Exception {
    List<String> command = new ArrayList<>(List.of(Java.COMMAND));
    if (Files.exists(ARCHIVE)
        && Files.getLastModifiedTime(ARCHIVE).compareTo(Files.getLastModifiedTime(LocalNodes.JAR))
            > 0) {
      command.add("-XX:SharedArchiveFile=" + ARCHIVE);
      command.add("-Xlog:cds=off");
      command.add("-Xlog:cds+dynamic=off");
    }
    command.addAll(List.of("-jar", LocalNodes.JAR.toString(), "run"));
    Map<String, String> settings = BenchKeys.settings();
    settings.put("GROWTHBUS_HTTP_PORT", "0");
    settings.put("GROWTHBUS_OPS_PORT", "0");
    String places = String.valueOf(2 * plan.idleSockets() + WARM_UP_SOCKETS);
    settings.put("GROWTHBUS_STREAM_ADDRESS_MAX", places);
    settings.put("GROWTHBUS_SOCKET_NODE_MAX", places);
    settings.putAll(more);
    ChildProcess node =
        new ChildProcess(
            name, folder.resolve(name + ".log"), command, settings, List.of("app", "rooms"));
    synchronized (running) {
      running.add(node);
    }
    node.value("rooms");
    return node;
  }

  private void end(ChildProcess node) {
    node.close();
    synchronized (running) {
      running.remove(node);
    }
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

  private void stop() {
    synchronized (running) {
      running.forEach(ChildProcess::close);
      running.clear();
    }
    data.close();
    new DataFolder(folder.resolve("second-data")).close();
  }

  private static double residentMb(ChildProcess node) throws IOException {
    try (var lines = Files.lines(Path.of("/proc", String.valueOf(node.handle().pid()), "status"))) {
      return lines
              .filter(line -> line.startsWith("VmRSS:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .findFirst()
              .orElseThrow()
          / KIB;
    }
  }
}
