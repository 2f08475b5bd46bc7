package io.growthbus.cluster;

import io.growthbus.shared.postgres.PostgresSettings;
import java.util.HashMap;
import java.util.Map;

/** Nodes inside the test's own JVM, with the shipped configuration and free ports. */
final class TestNodes {
  private TestNodes() {}

  /** Environment of a node on a database; pairs of names and values come on top. */
  static Map<String, String> environment(PostgresSettings database, String... more) {
    Map<String, String> environment = new HashMap<>();
    environment.put("GROWTHBUS_CONF", "../conf");
    environment.put("GROWTHBUS_DATA_DIR", "target/data");
    environment.put("GROWTHBUS_HTTP_PORT", "0");
    environment.put("GROWTHBUS_OPS_PORT", "0");
    environment.put("GROWTHBUS_HTTP_DRAIN_DELAY", "0ms");
    // The database of the tests gives up durability for speed.
    environment.put("GROWTHBUS_INGEST_DURABILITY_WEAK_ALLOW", "true");
    environment.put("GROWTHBUS_PG_URI", database.uri());
    for (int i = 0; i < more.length; i += 2) {
      environment.put(more[i], more[i + 1]);
    }
    return environment;
  }

  /** A started node. */
  static Node start(Map<String, String> environment) {
    Node node = new Node(NodeConfig.load(environment));
    node.start();
    return node;
  }

  /** Public address of a node with the role edge. */
  static String app(Node node) {
    return node.httpUrl().orElseThrow();
  }
}
