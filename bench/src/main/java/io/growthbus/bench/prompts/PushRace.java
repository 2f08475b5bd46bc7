package io.growthbus.bench.prompts;

import io.growthbus.bench.ingest.Checks;
import io.growthbus.bench.ingest.ChildProcess;
import io.growthbus.bench.ingest.Figures;
import io.growthbus.bench.nodes.BarePeers;
import io.growthbus.bench.nodes.ClusterMember;
import io.growthbus.bench.nodes.Dialect;
import io.growthbus.bench.nodes.LocalNodes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Push alone: a message to one of many open sockets at an even pace, then messages to all of them
 * one after another. The product is told by its bus, as its rooms tell it; the others by a request
 * to the publisher in front of them.
 */
final class PushRace implements AutoCloseable {
  static final String PRODUCT = "growthbus";
  static final String VERTX = "vertx_sockjs";
  static final String ONE_P50 = "one_p50_ms";
  static final String ONE_P99 = "one_p99_ms";
  static final String ALL_P99 = "all_p99_ms";
  static final String ALL_LAST = "all_last_ms";

  private static final String SOCKETIO = "socketio";
  private static final String SOCKJS = "sockjs_node";
  private static final int PER_SECOND = 200;

  private final PromptsPlan plan;
  private final Checks checks;
  private final Figures figures = new Figures();
  private final List<PushSubject> subjects = new ArrayList<>();

  private PushRace(PromptsPlan plan, Checks checks) {
    this.plan = plan;
    this.checks = checks;
  }

  /** Starts the others, opens the sockets of all, and measures. */
  static Figures run(LocalNodes nodes, PromptsPlan plan, Checks checks) throws Exception {
    try (PushRace race = new PushRace(plan, checks)) {
      race.open(nodes);
      race.warmUp();
      for (int round = 0; round < plan.pushRounds(); round++) {
        System.out.printf(Locale.ROOT, "Push, round %d of %d%n", round + 1, plan.pushRounds());
        List<PushSubject> order = new ArrayList<>(race.subjects);
        Collections.rotate(order, -round);
        for (PushSubject subject : order) {
          race.measure(subject);
        }
      }
      return race.figures;
    }
  }

  @Override
  public void close() throws Exception {
    for (PushSubject subject : subjects) {
      subject.close();
    }
  }

  private void open(LocalNodes nodes) throws Exception {
    List<String> names = IntStream.range(0, plan.sockets()).mapToObj(i -> "reader-" + i).toList();
    ClusterMember member = nodes.stoppedWithIt(nodes.join());
    subjects.add(
        PushSubject.product(
            PRODUCT,
            nodes.node(2),
            Dialect.product(List.of("me.prompts", "public.flags")),
            names,
            member));
    ChildProcess vertx =
        nodes.stoppedWithIt(BarePeers.start(nodes.folder(), "bare-sockjs", List.of("sockjs")));
    subjects.add(PushSubject.peer(VERTX, BarePeers.address(vertx), Dialect.sockJs(), names));
    ChildProcess socketIo = nodes.stoppedWithIt(BarePeers.node(nodes.folder(), "socketio"));
    subjects.add(
        PushSubject.peer(SOCKETIO, BarePeers.address(socketIo), Dialect.socketIo(), names));
    ChildProcess sockJs = nodes.stoppedWithIt(BarePeers.node(nodes.folder(), "sockjs"));
    subjects.add(PushSubject.peer(SOCKJS, BarePeers.address(sockJs), Dialect.sockJs(), names));
  }

  private void warmUp() throws Exception {
    for (PushSubject subject : subjects) {
      subject.toOne(2 * PER_SECOND, plan.pushWindow());
      for (int i = 0; i < plan.fanOuts(); i++) {
        subject.toAll();
      }
    }
  }

  private void measure(PushSubject subject) throws Exception {
    PushSubject.Pushed one = subject.toOne(PER_SECOND, plan.pushWindow());
    expect(subject, one);
    figures.add(subject.name(), ONE_P50, one.latencies().percentileMs(0.50));
    figures.add(subject.name(), ONE_P99, one.latencies().percentileMs(0.99));
    PushSubject.Pushed all = subject.toAll();
    for (int i = 1; i < plan.fanOuts(); i++) {
      all = all.and(subject.toAll());
    }
    expect(subject, all);
    figures.add(subject.name(), ALL_P99, all.latencies().percentileMs(0.99));
    figures.add(subject.name(), ALL_LAST, all.latencies().percentileMs(1));
    System.out.printf(
        Locale.ROOT,
        "  %-14s to one: p50 %6.2f ms, p99 %6.2f ms; to all: p99 %6.1f ms%n",
        subject.name(),
        one.latencies().percentileMs(0.50),
        one.latencies().percentileMs(0.99),
        all.latencies().percentileMs(0.99));
  }

  private void expect(PushSubject subject, PushSubject.Pushed pushed) {
    checks.expect(
        pushed.failures().isEmpty(), subject.name() + ": " + String.join("; ", pushed.failures()));
  }
}
