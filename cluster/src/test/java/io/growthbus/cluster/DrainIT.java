package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.TestPostgres;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A node is asked to stop while a balancer that honours readiness sends it requests. */
class DrainIT {
  private static final int MORE = 2_000;

  @Test
  void a_rolling_stop_of_both_nodes_fails_no_request_and_exits_with_0() throws Exception {
    PostgresSettings database = TestPostgres.freshDatabase();
    List<Integer> ports = Ports.free(2);
    String members = "127.0.0.1:" + ports.get(0) + ",127.0.0.1:" + ports.get(1);
    try (NodeProcess first = NodeProcess.run(node(database, members, ports.get(0)));
        NodeProcess second = NodeProcess.run(node(database, members, ports.get(1)))) {
      Balancer balancer = new Balancer(List.of(first, second));
      try (Load load = Load.start(4, balancer::next)) {
        load.awaitMore(MORE);
        assertThat(first.stop()).isZero();
        load.awaitMore(MORE);
        load.finish();

        assertThat(load.failures()).isEmpty();
        new Oracle(TestPostgres.jdbcUrl(database)).check(load.acknowledged());
        assertThat(second.stop()).isZero();
      }
    }
  }

  private static Map<String, String> node(PostgresSettings database, String members, int port) {
    return TestNodes.environment(
        database,
        "GROWTHBUS_CLUSTER_MEMBERS",
        members,
        "GROWTHBUS_CLUSTER_PORT",
        String.valueOf(port),
        "GROWTHBUS_HTTP_DRAIN_DELAY",
        "1s");
  }

  /**
   * Takes turns between the nodes whose readiness was green at the last look, 100 ms ago at most.
   */
  private static final class Balancer {
    private static final long LOOK_MS = 100;

    private final List<NodeProcess> nodes;
    private final List<String> apps;
    private List<String> ready;
    private long lookedMs;
    private int turn;

    Balancer(List<NodeProcess> nodes) {
      this.nodes = nodes;
      this.apps = nodes.stream().map(NodeProcess::app).toList();
      this.ready = apps;
    }

    synchronized String next() {
      long now = System.currentTimeMillis();
      if (now - lookedMs >= LOOK_MS) {
        lookedMs = now;
        ready = apps.stream().filter(app -> isReady(nodes.get(apps.indexOf(app)))).toList();
      }
      turn++;
      return ready.get(turn % ready.size());
    }

    private static boolean isReady(NodeProcess node) {
      try {
        return Http.get(node.ops() + "/health/ready").statusCode() == 200;
      } catch (IOException e) {
        return false;
      }
    }
  }
}
