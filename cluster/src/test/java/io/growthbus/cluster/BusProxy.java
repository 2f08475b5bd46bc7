package io.growthbus.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands before the bus port of a node. While it drops, connections stay open and swallow what is
 * sent in both directions, as a network that loses every packet does.
 */
final class BusProxy implements AutoCloseable {
  private static final int CHUNK = 16 * 1024;

  private final ServerSocket listening;
  private final int target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong dropped = new AtomicLong();
  private volatile boolean dropping;

  /**
   * @param target bus port of the node on this machine
   */
  BusProxy(int target) throws IOException {
    this.target = target;
    this.listening = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  /** From now on nothing comes through. */
  void drop() {
    dropping = true;
  }

  /** Lets everything through again; connections that have lost something are broken off. */
  void heal() {
    dropping = false;
    open.forEach(this::close);
  }

  /** Bytes that were swallowed so far. */
  long dropped() {
    return dropped.get();
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "bus proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket from = listening.accept();
        Socket to = new Socket(InetAddress.getLoopbackAddress(), target);
        from.setTcpNoDelay(true);
        to.setTcpNoDelay(true);
        open.add(from);
        open.add(to);
        start(() -> pass(from, to));
        start(() -> pass(to, from));
      } catch (IOException e) {
        // Closed, or the node is gone; whoever asked sees a connection that ends.
      }
    }
  }

  private void pass(Socket from, Socket to) {
    byte[] buffer = new byte[CHUNK];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
        if (dropping) {
          dropped.addAndGet(length);
        } else {
          out.write(buffer, 0, length);
          out.flush();
        }
      }
    } catch (IOException e) {
      // One side has gone, so the other goes too.
    }
    close(from);
    close(to);
  }

  private void close(Socket socket) {
    open.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    open.forEach(this::close);
  }
}
