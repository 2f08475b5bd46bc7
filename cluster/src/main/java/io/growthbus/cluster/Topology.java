package io.growthbus.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.config.XmlConfigBuilder;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The cluster as Hazelcast sees it: {@code conf/hazelcast.xml} for what an operator may tune, the
 * node's settings for who the members are.
 *
 * <p>Members are always named; nothing is discovered by multicast, so that two installations on one
 * network can never join. Hazelcast listens on the cluster's address only.
 */
final class Topology {
  private Topology() {}

  /**
   * Configuration of this member.
   *
   * @throws StartException when {@code hazelcast.xml} is not valid
   */
  static Config of(NodeSettings settings) {
    Config config = base(settings.confDirectory().resolve("hazelcast.xml"));
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.logging.type", "slf4j");
    config.setProperty("hazelcast.shutdownhook.enabled", "false");
    config.setProperty("hazelcast.socket.bind.any", "false");
    NetworkConfig network = config.getNetworkConfig();
    network.setPort(settings.clusterPort()).setPortAutoIncrement(false);
    network.getInterfaces().setEnabled(true).clear().addInterface(settings.clusterHost());
    JoinConfig join = network.getJoin();
    join.getMulticastConfig().setEnabled(false);
    join.getAutoDetectionConfig().setEnabled(false);
    join.getTcpIpConfig().setEnabled(true).clear();
    settings.members().forEach(join.getTcpIpConfig()::addMember);
    return config;
  }

  private static Config base(Path file) {
    if (!Files.exists(file)) {
      return ConfigUtil.loadConfig().setClusterName("growthbus");
    }
    try (InputStream xml = Files.newInputStream(file)) {
      return new XmlConfigBuilder(xml).build();
    } catch (IOException | RuntimeException e) {
      throw StartException.configuration(
          java.util.List.of(file + ": is not a valid Hazelcast configuration: " + e.getMessage()));
    }
  }
}
