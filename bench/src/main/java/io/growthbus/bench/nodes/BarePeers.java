package io.growthbus.bench.nodes;

import io.growthbus.bench.ingest.ChildProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts what is compared with. */
public final class BarePeers {
  private static final String APP = "app";

  private BarePeers() {}

  /**
   * Starts the toolkit without the product.
   *
   * @param folder for its log
   * @param arguments of {@link BarePeer}
   */
  public static ChildProcess start(Path folder, String name, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Java.COMMAND);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), BarePeer.class.getName()));
    command.addAll(arguments);
    return new ChildProcess(name, folder.resolve(name + ".log"), command, Map.of(), List.of(APP));
  }

  /** Starts one of the programs in {@code bench/peers} with Node. */
  public static ChildProcess node(Path folder, String name) throws IOException {
    return new ChildProcess(
        name,
        folder.resolve(name + ".log"),
        List.of("node", "bench/peers/" + name + ".js"),
        Map.of("NODE_ENV", "production"),
        List.of(APP));
  }

  /** Where it listens; waits until it does. */
  public static InetSocketAddress address(ChildProcess peer) throws InterruptedException {
    URI uri = URI.create(peer.value(APP));
    return new InetSocketAddress(uri.getHost(), uri.getPort());
  }
}
