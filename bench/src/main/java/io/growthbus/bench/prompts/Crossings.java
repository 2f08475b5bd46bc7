package io.growthbus.bench.prompts;

import io.growthbus.bench.ingest.Checks;
import io.growthbus.bench.ingest.LatencyHistogram;
import io.growthbus.bench.ingest.Load;
import io.growthbus.bench.ingest.LoadGenerator;
import io.growthbus.bench.nodes.Dialect;
import io.growthbus.bench.nodes.LocalNodes;
import io.growthbus.bench.nodes.Sockets;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Users reach the threshold of the shipped rule {@code project_created} by an event that node 1
 * takes, and a page whose socket node 2 holds shows the prompt.
 *
 * <p>Design: users come in waves, because each can reach a threshold once and only so many sockets
 * are open at a time. Those of a wave have two of three projects already. Then each sends the third
 * one, alone in its request, at even distances whatever the answers take; a latency begins when
 * that request is due and ends when the prompt arrives. Every prompt is acknowledged as shown, as
 * the SDK does. Beside that, others send events in batches all the time.
 */
final class Crossings {
  private static final int BEFORE = 2;
  private static final int CONNECTIONS = 64;
  private static final int OTHER_CONNECTIONS = 16;
  private static final Duration RAMP = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofSeconds(15);
  private static final long LOOK_NANOS = 10_000_000;

  private final LocalNodes nodes;
  private final PromptsPlan plan;
  private final Checks checks;
  private final EventRequests requests;
  private final LatencyHistogram prompts = new LatencyHistogram();
  private final LatencyHistogram stored = new LatencyHistogram();
  private final List<Double> others = new ArrayList<>();
  private int crossed;

  Crossings(LocalNodes nodes, PromptsPlan plan, Checks checks) {
    this.nodes = nodes;
    this.plan = plan;
    this.checks = checks;
    this.requests = new EventRequests(nodes.node(1));
  }

  /** All waves. */
  void measure() throws Exception {
    for (int wave = 0; wave < plan.warmUpWaves() + plan.waves(); wave++) {
      wave(wave, wave >= plan.warmUpWaves());
    }
  }

  /** From the moment at which the event was due until the page had the prompt. */
  LatencyHistogram prompts() {
    return prompts;
  }

  /** Users who have reached the threshold. */
  int crossed() {
    return crossed;
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("prompts", prompts.total())
        .put("p50_ms", prompts.percentileMs(0.50))
        .put("p99_ms", prompts.percentileMs(0.99))
        .put("event_answered_p50_ms", stored.percentileMs(0.50))
        .put("event_answered_p99_ms", stored.percentileMs(0.99))
        .put(
            "other_events_per_second",
            others.stream().mapToDouble(rate -> rate).average().orElse(0));
  }

  private void wave(int number, boolean counted) throws Exception {
    List<String> users =
        IntStream.range(0, plan.sockets()).mapToObj(i -> "wave-" + number + "-user-" + i).toList();
    prepare(users);
    Pages pages = new Pages(users.size());
    try (Sockets sockets =
        Sockets.open(
            nodes.node(2),
            Dialect.product(List.of("me.prompts", "me.entitlements", "public.flags")),
            users,
            pages)) {
      pages.sockets = sockets;
      cross(users, pages, counted);
      expectOneEach(users.size(), pages, sockets);
    }
    crossed += users.size();
    System.out.printf(
        Locale.ROOT,
        "  wave %d%s: %d prompts, p50 %.1f ms, p99 %.1f ms%n",
        number + 1,
        counted ? "" : " (warm-up)",
        pages.latencies.total(),
        pages.latencies.percentileMs(0.50),
        pages.latencies.percentileMs(0.99));
    if (counted) {
      prompts.add(pages.latencies);
    }
  }

  private void cross(List<String> users, Pages pages, boolean counted) throws Exception {
    Duration window = Duration.ofNanos(1_000_000_000L / plan.crossingsPerSecond() * users.size());
    InetSocketAddress node = nodes.node(1);
    Load beside =
        new Load(
            node,
            OTHER_CONNECTIONS,
            RAMP,
            window,
            (double) plan.eventsPerSecond() / EventRequests.BATCH,
            Map::of);
    EventRequests calls = new EventRequests(node);
    CompletableFuture<Load.Result> others =
        CompletableFuture.supplyAsync(() -> generate(beside, (nowMs, due) -> calls.calls(nowMs)));
    LockSupport.parkNanos(RAMP.toNanos());
    Load crossing =
        new Load(node, CONNECTIONS, Duration.ZERO, window, plan.crossingsPerSecond(), Map::of);
    AtomicInteger next = new AtomicInteger();
    Load.Result result =
        generate(
            crossing,
            (nowMs, due) -> {
              int user = next.getAndIncrement();
              pages.due.set(user, due);
              return requests.projects(List.of(users.get(user)), nowMs);
            });
    expectStored("a third project", result);
    expectStored("events of others", others.join());
    checks.expect(
        next.get() == users.size(), next.get() + " users of " + users.size() + " crossed");
    if (counted) {
      stored.add(result.latencies());
      this.others.add(others.join().eventsPerSecond());
    }
    long deadline = System.nanoTime() + LONGEST.toNanos();
    while (pages.latencies.total() < users.size() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private static Load.Result generate(Load load, LoadGenerator.Requests requests) {
    try {
      return LoadGenerator.run(load, requests);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void expectStored(String what, Load.Result result) {
    checks.expect(
        result.failures() == 0,
        what + ": " + result.failures() + " requests failed, first: " + result.firstFailure());
  }

  private void expectOneEach(int users, Pages pages, Sockets sockets) {
    long lost = users - pages.latencies.total();
    checks.expect(lost == 0, lost + " prompts of " + users + " were lost");
    checks.expect(pages.doubled.get() == 0, pages.doubled.get() + " prompts came twice");
    checks.expect(sockets.lost() == 0, sockets.lost() + " sockets were closed by the node");
  }

  /** Two projects for each user, in batches. */
  private void prepare(List<String> users) throws Exception {
    for (int time = 0; time < BEFORE; time++) {
      int requestCount = (users.size() + EventRequests.BATCH - 1) / EventRequests.BATCH;
      AtomicInteger next = new AtomicInteger();
      // As many requests as are needed, at even distances.
      Load load =
          new Load(
              nodes.node(1),
              CONNECTIONS,
              Duration.ZERO,
              Duration.ofMillis(10L * requestCount),
              100,
              Map::of);
      Load.Result result =
          generate(
              load,
              (nowMs, due) -> {
                int from = next.getAndIncrement() * EventRequests.BATCH;
                return requests.projects(
                    users.subList(from, Math.min(from + EventRequests.BATCH, users.size())), nowMs);
              });
      expectStored("first projects", result);
      checks.expect(
          result.accepted() == users.size(),
          result.accepted() + " first projects of " + users.size() + " were stored");
    }
  }

  /** The pages of a wave: when each third project was due, and what has arrived. */
  private static final class Pages implements Sockets.Listener {
    private final AtomicLongArray due;
    private final boolean[] shown;
    private final LatencyHistogram latencies = new LatencyHistogram();
    private final AtomicInteger doubled = new AtomicInteger();
    private volatile @Nullable Sockets sockets;

    Pages(int users) {
      this.due = new AtomicLongArray(users);
      this.shown = new boolean[users];
    }

    @Override
    public void message(int socket, String frame, long nanos) {
      if (!frame.contains("\"type\":\"prompt\"")) {
        return;
      }
      if (shown[socket]) {
        doubled.incrementAndGet();
        return;
      }
      shown[socket] = true;
      String id = new JsonObject(frame).getJsonObject("body").getString("prompt_id");
      Sockets open = sockets;
      if (open != null) {
        open.send(
            socket,
            "{\"type\":\"send\",\"address\":\"me.prompts.ack\",\"body\":{\"prompt_id\":\""
                + id
                + "\",\"action\":\"shown\"}}");
      }
      latencies.record(nanos - due.get(socket));
    }
  }
}
