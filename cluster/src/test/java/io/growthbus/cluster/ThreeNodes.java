package io.growthbus.cluster;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** A cluster of three processes on one database. */
final class ThreeNodes implements AutoCloseable {
  private static final int COUNT = 3;

  private final List<Map<String, String>> environments;
  private final List<NodeProcess> nodes = new CopyOnWriteArrayList<>();

  /**
   * Starts them: the first alone, because it makes the tables, then the others.
   *
   * @param settings environment of each; ports and members come on top
   */
  ThreeNodes(Map<String, String> settings) {
    this(settings, node -> Map.of());
  }

  /**
   * The same with settings that differ.
   *
   * @param own environment of each by its number
   */
  ThreeNodes(Map<String, String> settings, IntFunction<Map<String, String>> own) {
    List<Integer> ports = Ports.free(COUNT);
    String members = String.join(",", ports.stream().map(port -> "127.0.0.1:" + port).toList());
    environments =
        IntStream.range(0, COUNT)
            .mapToObj(
                i -> {
                  String port = String.valueOf(ports.get(i));
                  Map<String, String> environment = new HashMap<>(settings);
                  environment.putAll(own.apply(i));
                  environment.put("GROWTHBUS_CLUSTER_MEMBERS", members);
                  environment.put("GROWTHBUS_CLUSTER_PORT", port);
                  return environment;
                })
            .toList();
    try {
      for (Map<String, String> environment : environments) {
        nodes.add(NodeProcess.launch(environment, "run"));
        nodes.get(0).awaitStarted();
      }
      nodes.forEach(NodeProcess::awaitStarted);
    } catch (AssertionError e) {
      close();
      throw e;
    }
  }

  NodeProcess get(int index) {
    return nodes.get(index);
  }

  List<NodeProcess> all() {
    return List.copyOf(nodes);
  }

  /** Address of one of them; each may be asked for, dead or alive. */
  String anyApp() {
    return nodes.get(ThreadLocalRandom.current().nextInt(COUNT)).app();
  }

  /** Kills one; it stays in the list. */
  void kill(int index) {
    nodes.get(index).kill();
  }

  /** Starts one that was killed; it takes the place of the dead one when it is ready. */
  void restart(int index) {
    nodes.set(index, NodeProcess.run(environments.get(index)));
  }

  int randomIndex() {
    return ThreadLocalRandom.current().nextInt(COUNT);
  }

  /** Addresses of all but one. */
  List<String> appsWithout(int index) {
    return IntStream.range(0, COUNT)
        .filter(i -> i != index)
        .mapToObj(i -> nodes.get(i).app())
        .toList();
  }

  @Override
  public void close() {
    nodes.forEach(NodeProcess::terminate);
    nodes.forEach(NodeProcess::close);
  }
}
