package io.growthbus.bench.ingest;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** A connection that is kept, with one request under way at most. */
public final class LoadConnection implements AutoCloseable {
  private static final int LARGEST_REQUEST = 64 * 1024;

  private final SocketChannel channel;
  private final SelectionKey key;
  private final ByteBuffer out = ByteBuffer.allocateDirect(LARGEST_REQUEST);
  private final ByteBuffer in = ByteBuffer.allocateDirect(8 * 1024);
  private final AnswerReader answer = new AnswerReader();
  private long dueAt;

  private LoadConnection(SocketChannel channel, Selector selector) throws IOException {
    this.channel = channel;
    this.key = channel.register(selector, SelectionKey.OP_READ, this);
  }

  /** Connects; its key has the connection attached. */
  public static LoadConnection open(InetSocketAddress server, Selector selector)
      throws IOException {
    SocketChannel channel = SocketChannel.open(server);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.configureBlocking(false);
    return new LoadConnection(channel, selector);
  }

  /**
   * Sends a request.
   *
   * @param due when it should have been sent, by {@link System#nanoTime()}
   */
  public void send(byte[] request, long due) throws IOException {
    dueAt = due;
    out.clear().put(request).flip();
    write();
  }

  /**
   * Goes on as far as it can without waiting.
   *
   * @return whether the answer is complete
   */
  public boolean progress() throws IOException {
    if (key.isWritable()) {
      write();
    }
    if (!key.isReadable()) {
      return false;
    }
    in.clear();
    if (channel.read(in) < 0) {
      throw new EOFException("the server closed the connection");
    }
    return answer.read(in.flip());
  }

  public AnswerReader answer() {
    return answer;
  }

  long dueAt() {
    return dueAt;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private void write() throws IOException {
    channel.write(out);
    key.interestOps(
        out.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
  }
}
