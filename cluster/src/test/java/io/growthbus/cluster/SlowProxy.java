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
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Stands between a node and its database and lets every answer arrive later, in its order: the
 * database is as fast as before, its distance has grown.
 */
final class SlowProxy implements AutoCloseable {
  private static final int CHUNK = 16 * 1024;

  private final ServerSocket listening;
  private final int target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile long delayNanos;

  private record Piece(byte[] bytes, long dueNanos) {}

  /**
   * @param target port of the database on this machine
   */
  SlowProxy(int target) throws IOException {
    this.target = target;
    this.listening = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    start("accepting", this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  /** From now on answers arrive so much later. */
  void delay(long millis) {
    delayNanos = TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private static void start(String name, Runnable work) {
    Thread thread = new Thread(work, "proxy " + name);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!listening.isClosed()) {
      connect();
    }
  }

  private void connect() {
    try {
      Socket client = listening.accept();
      Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      open.add(client);
      open.add(server);
      LinkedBlockingQueue<Piece> answers = new LinkedBlockingQueue<>();
      start("asking", () -> forward(client, server));
      start("reading", () -> read(server, answers));
      start("answering", () -> answer(answers, client, server));
    } catch (IOException e) {
      // Closed, or the database takes nobody; the node sees a connection that ends.
    }
  }

  private void forward(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // One side has gone, so the other goes too.
    }
    close(from, to);
  }

  private void read(Socket server, LinkedBlockingQueue<Piece> answers) {
    byte[] buffer = new byte[CHUNK];
    try (InputStream in = server.getInputStream()) {
      for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
        byte[] bytes = new byte[length];
        System.arraycopy(buffer, 0, bytes, 0, length);
        answers.add(new Piece(bytes, System.nanoTime() + delayNanos));
      }
    } catch (IOException e) {
      answers.add(new Piece(new byte[0], 0));
      return;
    }
    answers.add(new Piece(new byte[0], 0));
  }

  private void answer(LinkedBlockingQueue<Piece> answers, Socket client, Socket server) {
    try {
      OutputStream out = client.getOutputStream();
      for (Piece piece = answers.take(); piece.bytes().length > 0; piece = answers.take()) {
        for (long wait = left(piece); wait > 0; wait = left(piece)) {
          LockSupport.parkNanos(wait);
        }
        out.write(piece.bytes());
        out.flush();
      }
    } catch (IOException e) {
      close(client, server);
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    close(client, server);
  }

  private static long left(Piece piece) {
    return piece.dueNanos() - System.nanoTime();
  }

  private void close(Socket... sockets) {
    for (Socket socket : sockets) {
      open.remove(socket);
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    close(open.toArray(Socket[]::new));
  }
}
