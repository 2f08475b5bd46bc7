package io.growthbus.cluster;

import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Vertx;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.List;
import java.util.Map;

/** A node, and a Vert.x service that is not part of the product and has joined its cluster. */
final class NodeWithService implements AutoCloseable {
  private final Node node;
  private final Vertx service;

  /**
   * Starts both on a fresh database.
   *
   * @param settings environment of the node; pairs of names and values
   */
  NodeWithService(String... settings) {
    List<Integer> ports = Ports.free(2);
    String members = "127.0.0.1:" + ports.get(0) + ",127.0.0.1:" + ports.get(1);
    Map<String, String> environment = TestNodes.environment(TestPostgres.freshDatabase(), settings);
    environment.put("GROWTHBUS_CLUSTER_MEMBERS", members);
    environment.put("GROWTHBUS_CLUSTER_PORT", String.valueOf(ports.get(0)));
    node = TestNodes.start(environment);
    environment.put("GROWTHBUS_CLUSTER_PORT", String.valueOf(ports.get(1)));
    service =
        Await.result(
            Vertx.builder()
                .withClusterManager(
                    new HazelcastClusterManager(Topology.of(NodeConfig.load(environment).node())))
                .buildClustered());
  }

  /** Public address of the node. */
  String app() {
    return TestNodes.app(node);
  }

  /** The service. */
  Vertx service() {
    return service;
  }

  @Override
  public void close() {
    Await.result(service.close());
    node.close();
  }
}
