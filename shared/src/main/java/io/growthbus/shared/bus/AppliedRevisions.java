package io.growthbus.shared.bus;

import io.growthbus.shared.message.RevisionApplied;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes act by which revision of something that all of them follow, such as the contracts.
 *
 * <p>Each node says its revision when it begins to act by it and again from time to time; each
 * remembers what it has heard. One that hears a node for the first time answers with its own, so
 * that a newcomer knows the others at once. This is for people: nothing may depend on it, because a
 * message may be lost.
 *
 * <p>Safe for any thread.
 */
public final class AppliedRevisions {
  /** How long a node counts after it was heard; nodes should speak three times as often. */
  public static final Duration MEMORY = Duration.ofSeconds(30);

  private final Vertx vertx;
  private final Bus bus;
  private final Broadcast<RevisionApplied> channel;
  private final String self;
  private final LongSupplier nanoClock;
  private final InstantSource wallClock = InstantSource.system();
  private final Map<String, Heard> heard = new TreeMap<>();
  private final List<Collecting> collecting = new ArrayList<>();

  /**
   * Who has it.
   *
   * @param nodes names of those that act by the revision or a later one, sorted
   * @param pending names of those that were heard lately and do not yet, sorted
   * @param atMs when this node first heard each of {@code nodes} say so, ms since the epoch
   */
  public record Applied(List<String> nodes, List<String> pending, Map<String, Long> atMs) {}

  /**
   * What a node said last.
   *
   * @param sinceMs when it said so first
   */
  private record Heard(long revision, long atNanos, long sinceMs) {}

  private record Collecting(long revision, Promise<Applied> answer) {}

  public AppliedRevisions(Vertx vertx, Bus bus, Broadcast<RevisionApplied> channel) {
    this(vertx, bus, channel, bus.node(), System::nanoTime);
  }

  AppliedRevisions(
      Vertx vertx,
      Bus bus,
      Broadcast<RevisionApplied> channel,
      String self,
      LongSupplier nanoClock) {
    this.vertx = vertx;
    this.bus = bus;
    this.channel = channel;
    this.self = self;
    this.nanoClock = nanoClock;
  }

  /** Begins to hear of the others; completed when every node knows it. */
  public Future<Void> listen() {
    return bus.hear(channel, this::note);
  }

  /** Says that this node acts by a revision. */
  public void announce(long revision) {
    remember(self, revision);
    bus.publish(channel, new RevisionApplied(self, revision));
  }

  /**
   * Waits until every node that was heard lately acts by a revision.
   *
   * @param most longest wait
   * @return who does, at the latest when the wait is over; does not fail
   */
  public Future<Applied> collect(long revision, Duration most) {
    Collecting wanted = new Collecting(revision, Promise.promise());
    synchronized (this) {
      collecting.add(wanted);
    }
    completeCollected();
    long timer = vertx.setTimer(most.toMillis(), late -> wanted.answer().tryComplete(of(revision)));
    return wanted
        .answer()
        .future()
        .onComplete(
            done -> {
              vertx.cancelTimer(timer);
              synchronized (this) {
                collecting.remove(wanted);
              }
            });
  }

  /** The highest revision that a node was heard to act by lately; 0 when there is none. */
  public synchronized long highest() {
    long now = nanoClock.getAsLong();
    return heard.entrySet().stream()
        .filter(node -> node.getKey().equals(self) || isRecent(node.getValue(), now))
        .mapToLong(node -> node.getValue().revision())
        .max()
        .orElse(0);
  }

  private static boolean isRecent(Heard last, long now) {
    return now - last.atNanos() <= MEMORY.toNanos();
  }

  private void note(RevisionApplied said) {
    if (said.node().equals(self)) {
      return;
    }
    if (remember(said.node(), said.revision())) {
      Heard own = own();
      if (own != null) {
        bus.publish(channel, new RevisionApplied(self, own.revision()));
      }
    }
  }

  private synchronized @Nullable Heard own() {
    return heard.get(self);
  }

  /** Whether the node was not known. */
  private boolean remember(String node, long revision) {
    boolean newcomer;
    synchronized (this) {
      long now = nanoClock.getAsLong();
      heard.values().removeIf(old -> now - old.atNanos() > MEMORY.toNanos());
      Heard earlier = heard.get(node);
      long since =
          earlier != null && earlier.revision() == revision
              ? earlier.sinceMs()
              : wallClock.millis();
      newcomer = heard.put(node, new Heard(revision, now, since)) == null;
    }
    completeCollected();
    return newcomer;
  }

  private void completeCollected() {
    List<Collecting> open;
    synchronized (this) {
      open = List.copyOf(collecting);
    }
    for (Collecting wanted : open) {
      Applied now = of(wanted.revision());
      if (now.pending().isEmpty()) {
        wanted.answer().tryComplete(now);
      }
    }
  }

  private synchronized Applied of(long revision) {
    List<String> nodes = new ArrayList<>();
    List<String> pending = new ArrayList<>();
    Map<String, Long> atMs = new TreeMap<>();
    long now = nanoClock.getAsLong();
    heard.forEach(
        (node, last) -> {
          if (node.equals(self) || isRecent(last, now)) {
            if (last.revision() >= revision) {
              nodes.add(node);
              atMs.put(node, last.sinceMs());
            } else {
              pending.add(node);
            }
          }
        });
    return new Applied(List.copyOf(nodes), List.copyOf(pending), Map.copyOf(atMs));
  }
}
