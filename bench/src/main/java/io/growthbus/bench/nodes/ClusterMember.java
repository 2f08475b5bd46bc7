package io.growthbus.bench.nodes;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.config.XmlConfigBuilder;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A member of a cluster on loopback that runs no room, with the settings of {@code
 * conf/hazelcast.xml}.
 *
 * @param vertx clustered
 */
public record ClusterMember(Vertx vertx) implements AutoCloseable {
  private static final String HOST = "127.0.0.1";

  /**
   * Joins a cluster, or is the first of it.
   *
   * @param name of the cluster; members of another name stay apart
   * @param port of this member
   * @param firstPort of all members, which have ports in a row
   */
  public static ClusterMember join(String name, int port, int firstPort, int members)
      throws IOException {
    Config config = config(name, port, firstPort, members);
    return new ClusterMember(
        Vertx.builder()
            .with(new VertxOptions().setEventBusOptions(new EventBusOptions().setHost(HOST)))
            .withClusterManager(new HazelcastClusterManager(config))
            .buildClustered()
            .await());
  }

  @Override
  public void close() throws Exception {
    vertx.close().await(20, TimeUnit.SECONDS);
  }

  private static Config config(String name, int port, int firstPort, int members)
      throws IOException {
    try (InputStream xml = Files.newInputStream(Path.of("conf", "hazelcast.xml"))) {
      Config config = new XmlConfigBuilder(xml).build();
      config.setClusterName(name);
      config.setProperty("hazelcast.phone.home.enabled", "false");
      config.setProperty("hazelcast.logging.type", "slf4j");
      config.setProperty("hazelcast.shutdownhook.enabled", "false");
      config.setProperty("hazelcast.socket.bind.any", "false");
      NetworkConfig network = config.getNetworkConfig();
      network.setPort(port).setPortAutoIncrement(false);
      network.getInterfaces().setEnabled(true).clear().addInterface(HOST);
      JoinConfig join = network.getJoin();
      join.getMulticastConfig().setEnabled(false);
      join.getAutoDetectionConfig().setEnabled(false);
      join.getTcpIpConfig().setEnabled(true).clear();
      for (int i = 0; i < members; i++) {
        join.getTcpIpConfig().addMember(HOST + ":" + (firstPort + i));
      }
      return config;
    }
  }
}
