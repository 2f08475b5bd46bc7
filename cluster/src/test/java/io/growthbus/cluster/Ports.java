package io.growthbus.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Ports that nobody uses at this moment, for what cannot pick one itself. */
final class Ports {
  private Ports() {}

  /** So many different free ports on loopback. */
  static List<Integer> free(int count) {
    List<Integer> ports = new ArrayList<>();
    try (ServerSocket held = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      ports.add(held.getLocalPort());
      // Held while the others are looked for, so that none is found twice.
      if (count > 1) {
        ports.addAll(free(count - 1));
      }
      return List.copyOf(ports);
    } catch (IOException e) {
      throw new UncheckedIOException("no free port", e);
    }
  }
}
