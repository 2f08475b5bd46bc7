package io.growthbus.bench.ingest;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends batches over many connections from one thread. It shares the machine with what it measures,
 * so a request costs it little more than copying its bytes.
 *
 * <p>Design: a latency begins when the request is due, not when a connection is free for it. With a
 * fixed rate a server that stalls is therefore charged for every request that had to wait
 * meanwhile. Without one, a request is due when its connection is free, which is what saturation
 * means.
 */
public final class LoadGenerator {
  private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(15);
  private static final long NAP_NANOS = TimeUnit.MICROSECONDS.toNanos(100);
  private static final int SELECT_MS = 20;

  private final Load load;
  private final Requests source;
  private final LatencyHistogram latencies = new LatencyHistogram();
  private final Deque<LoadConnection> idle = new ArrayDeque<>();
  private final long intervalNanos;
  private long measuredFrom;
  private long sendingEnds;
  private long nextDue;
  private long requests;
  private long accepted;
  private long acceptedInWindow;
  private long answeredInWindow;
  private long failures;
  private String firstFailure = "";
  private int underWay;

  /** What is sent. */
  public interface Requests {
    /**
     * The next request, as it goes over the wire.
     *
     * @param nowMs the time, ms since the epoch
     * @param due when it should be sent, by {@link System#nanoTime()}
     */
    byte[] next(long nowMs, long due);
  }

  private LoadGenerator(Load load, Requests source) {
    this.load = load;
    this.source = source;
    this.intervalNanos =
        load.requestsPerSecond() == 0 ? 0 : (long) (1e9 / load.requestsPerSecond());
  }

  /**
   * Exposes a server to a load and waits for the last answer.
   *
   * @throws IOException when it cannot be reached
   */
  public static Load.Result run(Load load, Requests requests) throws IOException {
    return new LoadGenerator(load, requests).run();
  }

  private Load.Result run() throws IOException {
    List<LoadConnection> connections = new ArrayList<>();
    try (Selector selector = Selector.open()) {
      for (int i = 0; i < load.connections(); i++) {
        connections.add(LoadConnection.open(load.server(), selector));
      }
      idle.addAll(connections);
      long start = System.nanoTime();
      measuredFrom = start + load.ramp().toNanos();
      sendingEnds = measuredFrom + load.window().toNanos();
      nextDue = start;
      sendAndReceive(selector, measuredFrom);
      Map<String, Double> before = load.cpuSeconds().get();
      sendAndReceive(selector, sendingEnds);
      Map<String, Double> after = load.cpuSeconds().get();
      drain(selector);
      return result(before, after);
    } finally {
      for (LoadConnection connection : connections) {
        connection.close();
      }
    }
  }

  private Load.Result result(Map<String, Double> before, Map<String, Double> after) {
    double seconds = load.window().toNanos() / 1e9;
    Map<String, Double> cores = new TreeMap<>();
    after.forEach(
        (process, used) ->
            cores.put(process, (used - before.getOrDefault(process, 0.0)) / seconds));
    return new Load.Result(
        acceptedInWindow / seconds,
        answeredInWindow / seconds,
        accepted,
        requests,
        failures,
        firstFailure,
        latencies,
        cores);
  }

  private void sendAndReceive(Selector selector, long until) throws IOException {
    while (System.nanoTime() < until) {
      sendWhatIsDue();
      receive(selector);
    }
  }

  /** Sends what was due within the window and could not be sent, and waits for all answers. */
  private void drain(Selector selector) throws IOException {
    long deadline = sendingEnds + DRAIN_NANOS;
    while ((underWay > 0 || isOverdue()) && System.nanoTime() < deadline) {
      sendWhatIsDue();
      receive(selector);
    }
    if (underWay > 0) {
      fail(underWay, "no answer within 15 s after the end");
    }
  }

  private boolean isOverdue() {
    return intervalNanos > 0 && nextDue < sendingEnds && !idle.isEmpty();
  }

  private void sendWhatIsDue() throws IOException {
    long now = System.nanoTime();
    while (!idle.isEmpty()) {
      long due = intervalNanos == 0 ? now : nextDue;
      if (due > now || due >= sendingEnds) {
        return;
      }
      nextDue += intervalNanos;
      LoadConnection connection = idle.poll();
      underWay++;
      requests++;
      connection.send(source.next(System.currentTimeMillis(), due), due);
    }
  }

  private void receive(Selector selector) throws IOException {
    boolean waitsForTheClock = intervalNanos > 0 && !idle.isEmpty() && nextDue < sendingEnds;
    if (!waitsForTheClock) {
      selector.select(this::handle, SELECT_MS);
    } else if (selector.selectNow(this::handle) == 0) {
      LockSupport.parkNanos(Math.min(NAP_NANOS, nextDue - System.nanoTime()));
    }
  }

  private void handle(SelectionKey key) {
    LoadConnection connection = (LoadConnection) key.attachment();
    try {
      if (connection.progress()) {
        answered(connection);
      }
    } catch (IOException | IllegalStateException e) {
      key.cancel();
      underWay--;
      fail(1, String.valueOf(e.getMessage()));
    }
  }

  private void answered(LoadConnection connection) {
    long now = System.nanoTime();
    AnswerReader answer = connection.answer();
    underWay--;
    if (answer.status() == 200) {
      accepted += answer.accepted();
      if (now >= measuredFrom && now < sendingEnds) {
        acceptedInWindow += answer.accepted();
        answeredInWindow++;
      }
    } else {
      fail(1, answer.text());
    }
    if (connection.dueAt() >= measuredFrom) {
      latencies.record(now - connection.dueAt());
    }
    answer.reset();
    idle.add(connection);
  }

  private void fail(int count, String why) {
    if (failures == 0) {
      firstFailure = why;
    }
    failures += count;
  }
}
