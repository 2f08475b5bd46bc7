package io.growthbus.bench.prompts;

import io.growthbus.bench.ingest.LatencyHistogram;
import io.growthbus.bench.ingest.Load;
import io.growthbus.bench.ingest.LoadGenerator;
import io.growthbus.bench.nodes.ClusterMember;
import io.growthbus.bench.nodes.Dialect;
import io.growthbus.bench.nodes.Sockets;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.message.FlagsChanged;
import io.growthbus.shared.message.Prompt;
import io.growthbus.shared.message.PromptRaised;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/** A server with open sockets, and how it is told to push to one of them or to all. */
final class PushSubject implements AutoCloseable {
  private static final String ID = "\"prompt_id\":\"";
  private static final String ALL =
      "{\"type\":\"rec\",\"address\":\"public.flags\",\"body\":{\"revision\":0}}";
  private static final int CONNECTIONS = 16;
  private static final long LONGEST_S = 10;
  private static final long NAP_NANOS = 100_000;
  private static final long EXPIRES_MS = 4_102_444_800_000L;

  private final String name;
  private final List<String> names;
  private final Publisher publisher;
  private final Sockets sockets;
  private volatile Arrivals arrivals = new Arrivals(0, 0);

  /** Tells the server. */
  private interface Publisher {
    /** So many messages, each to the next socket, at an even pace; notes when each was due. */
    List<String> toOne(int perSecond, Duration window, Arrivals arrivals) throws Exception;

    /** One message to all sockets; notes when it was due. */
    List<String> toAll(Arrivals arrivals) throws Exception;
  }

  /**
   * What has arrived.
   *
   * @param failures what was lost, doubled or refused
   */
  record Pushed(LatencyHistogram latencies, List<String> failures) {
    Pushed and(Pushed more) {
      latencies.add(more.latencies);
      List<String> all = new ArrayList<>(failures);
      all.addAll(more.failures);
      return new Pushed(latencies, all);
    }
  }

  private PushSubject(
      String name,
      InetSocketAddress server,
      Dialect dialect,
      List<String> names,
      Publisher publisher)
      throws Exception {
    this.name = name;
    this.names = names;
    this.publisher = publisher;
    this.sockets = Sockets.open(server, dialect, names, this::arrived);
  }

  /** The product, told over the bus of its cluster. */
  static PushSubject product(
      String name,
      InetSocketAddress server,
      Dialect dialect,
      List<String> names,
      ClusterMember member)
      throws Exception {
    return new PushSubject(
        name, server, dialect, names, new OverBus(names, Bus.of(member.vertx())));
  }

  /** Another server, told by {@code POST /publish}. */
  static PushSubject peer(
      String name, InetSocketAddress server, Dialect dialect, List<String> names) throws Exception {
    return new PushSubject(name, server, dialect, names, new OverHttp(names, server));
  }

  String name() {
    return name;
  }

  /** Messages to single sockets at an even pace. */
  Pushed toOne(int perSecond, Duration window) throws Exception {
    int count = (int) (perSecond * window.toMillis() / 1_000);
    Arrivals here = new Arrivals(count, count);
    arrivals = here;
    List<String> failures = new ArrayList<>(publisher.toOne(perSecond, window, here));
    return here.await(failures);
  }

  /** One message to all sockets. */
  Pushed toAll() throws Exception {
    Arrivals here = new Arrivals(1, names.size());
    arrivals = here;
    List<String> failures = new ArrayList<>(publisher.toAll(here));
    return here.await(failures);
  }

  @Override
  public void close() throws Exception {
    sockets.close();
  }

  private void arrived(int socket, String frame, long nanos) {
    arrivals.arrived(socket, number(frame), nanos);
  }

  /** The number of a message to one socket; 0 for one to all. */
  private static int number(String frame) {
    int at = frame.indexOf(ID);
    if (at < 0) {
      return 0;
    }
    int from = at + ID.length();
    return Integer.parseInt(frame, from, frame.indexOf('"', from), 10);
  }

  /** When messages were due and what has come of them. */
  private static final class Arrivals {
    private final AtomicLongArray due;
    private final LatencyHistogram latencies = new LatencyHistogram();
    private final CountDownLatch open;
    private final boolean[] seen;
    private final AtomicInteger tooMany = new AtomicInteger();

    Arrivals(int messages, int frames) {
      this.due = new AtomicLongArray(messages);
      this.open = new CountDownLatch(frames);
      this.seen = new boolean[frames];
    }

    /** Each message is awaited once; one to all sockets once on each of them. */
    void arrived(int socket, int number, long nanos) {
      int awaited = due.length() == 1 ? socket : number;
      if (number >= due.length() || seen[awaited]) {
        tooMany.incrementAndGet();
        return;
      }
      seen[awaited] = true;
      latencies.record(nanos - due.get(number));
      open.countDown();
    }

    Pushed await(List<String> failures) throws InterruptedException {
      if (!open.await(LONGEST_S, TimeUnit.SECONDS)) {
        failures.add(open.getCount() + " messages were lost");
      }
      if (tooMany.get() > 0) {
        failures.add(tooMany.get() + " messages came twice");
      }
      return new Pushed(latencies, failures);
    }
  }

  private record OverBus(List<String> names, Bus bus) implements Publisher {
    @Override
    public List<String> toOne(int perSecond, Duration window, Arrivals arrivals) {
      long start = System.nanoTime();
      for (int number = 0; number < arrivals.due.length(); number++) {
        long due = start + number * (1_000_000_000L / perSecond);
        for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
          LockSupport.parkNanos(Math.min(NAP_NANOS, wait));
        }
        arrivals.due.set(number, due);
        bus.publish(
            Channels.PROMPT_RAISED,
            new PromptRaised(names.get(number % names.size()), prompt(number)));
      }
      return List.of();
    }

    @Override
    public List<String> toAll(Arrivals arrivals) {
      arrivals.due.set(0, System.nanoTime());
      bus.publish(Channels.FLAGS_CHANGED, new FlagsChanged(0));
      return List.of();
    }

    private static Prompt prompt(int number) {
      return new Prompt(
          String.valueOf(number),
          "project_created",
          "project_created",
          3,
          3,
          null,
          "You are on a roll",
          "3 projects so far. Pro gives you room for every one that comes next.",
          "See what Pro adds",
          "/pricing",
          EXPIRES_MS);
    }
  }

  private record OverHttp(List<String> names, InetSocketAddress server) implements Publisher {
    /** As the product says it. */
    private static final String ONE =
        """
        {"type":"rec","address":"me.prompts","body":{"type":"prompt","prompt_id":"%d",\
        "rule":"project_created","event":"project_created","count":3,"threshold":3,"variant":null,\
        "title":"You are on a roll",\
        "body":"3 projects so far. Pro gives you room for every one that comes next.",\
        "cta":{"label":"See what Pro adds","url":"/pricing"},"expires_at":4102444800000}}""";

    @Override
    public List<String> toOne(int perSecond, Duration window, Arrivals arrivals)
        throws IOException {
      AtomicInteger next = new AtomicInteger();
      return send(
          new Load(server, CONNECTIONS, Duration.ZERO, window, perSecond, Map::of),
          (nowMs, due) -> {
            int number = next.getAndIncrement();
            arrivals.due.set(number, due);
            return request(
                "{\"to\":\"%s\",\"message\":%s}"
                    .formatted(names.get(number % names.size()), ONE.formatted(number)));
          });
    }

    @Override
    public List<String> toAll(Arrivals arrivals) throws IOException {
      // One request: the second one would be due after the window.
      return send(
          new Load(server, 1, Duration.ZERO, Duration.ofMillis(1), 1, Map::of),
          (nowMs, due) -> {
            arrivals.due.set(0, due);
            return request("{\"message\":" + ALL + "}");
          });
    }

    private static List<String> send(Load load, LoadGenerator.Requests requests)
        throws IOException {
      Load.Result result = LoadGenerator.run(load, requests);
      return result.failures() == 0
          ? List.of()
          : List.of(result.failures() + " requests failed: " + result.firstFailure());
    }

    private byte[] request(String body) {
      return ("POST /publish HTTP/1.1\r\nHost: "
              + server.getHostString()
              + "\r\nContent-Type: application/json\r\nContent-Length: "
              + body.length()
              + "\r\n\r\n"
              + body)
          .getBytes(StandardCharsets.US_ASCII);
    }
  }
}
