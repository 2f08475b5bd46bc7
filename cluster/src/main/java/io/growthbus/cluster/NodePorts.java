package io.growthbus.cluster;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Whether the ports that a node is to listen on are free. */
final class NodePorts {
  private NodePorts() {}

  /**
   * Looks before anything is started.
   *
   * @throws StartException that names every port that is taken
   */
  static void check(NodeConfig config) {
    List<String> taken = new ArrayList<>();
    if (config.node().runs("edge")) {
      check("GROWTHBUS_HTTP_PORT", config.edge().host(), config.edge().port(), taken);
    }
    check("GROWTHBUS_OPS_PORT", config.node().opsHost(), config.node().opsPort(), taken);
    if (config.node().clustered()) {
      check(
          "GROWTHBUS_CLUSTER_PORT",
          config.node().clusterHost(),
          config.node().clusterPort(),
          taken);
    }
    if (!taken.isEmpty()) {
      throw StartException.environment(String.join("\n", taken));
    }
  }

  private static void check(String setting, String host, int port, List<String> taken) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(host, port));
    } catch (BindException e) {
      taken.add(
          "Port "
              + port
              + " on "
              + host
              + " is taken (or may not be used: "
              + e.getMessage()
              + "); stop the other program, or set "
              + setting
              + " to another port (0 = a free one).");
    } catch (IOException | IllegalArgumentException e) {
      taken.add("Address " + host + ":" + port + " cannot be used: " + e.getMessage());
    }
  }
}
