package io.growthbus.edge.stream;

import io.growthbus.edge.core.StreamTopics;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.bus.EntitlementAsk;
import io.growthbus.shared.bus.FlagsAsk;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.EntitlementChanged;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open event streams of this node (OFREP's refetch events over Server-Sent Events). They say
 * that flags have changed, never which nor how: the reader asks again with its own credentials.
 *
 * <p>An announcement waits until this node answers by the new revision, and then up to half a
 * second more, another time for each stream: every open page asks again. A revision whose broadcast
 * was lost is found by asking every ten seconds.
 *
 * <p>Lives on one event loop; not thread-safe.
 */
public final class EventStreams {
  /** Longest spread of an announcement. */
  static final int SPREAD_MS = 500;

  /** How long a change counts as recent: who has asked before it may open the stream after it. */
  static final Duration RECENT = Duration.ofSeconds(60);

  private static final Logger LOG = LoggerFactory.getLogger(EventStreams.class);
  private static final Duration CHECK = Duration.ofMillis(500);
  private static final Duration POLL = Duration.ofSeconds(10);
  private static final int COMMENT_FROM_MS = 15_000;
  private static final int COMMENT_TO_MS = 24_500;
  private static final int RETRY_FROM_MS = 1_000;
  private static final int RETRY_TO_MS = 5_000;
  private static final int UNREAD_BYTES = 16 * 1024;

  private final Vertx vertx;
  private final Bus bus;
  private final StreamTopics topics;
  private final StreamSettings settings;
  private final InstantSource clock;
  private final Set<EventStream> all = new LinkedHashSet<>();
  private final Map<String, Set<EventStream>> byTopic = new HashMap<>();
  private final Map<String, Integer> byAddress = new HashMap<>();
  private long revision;
  private long sinceMs;
  private long changedMs;
  private long polledMs;
  private boolean stopping;

  public EventStreams(
      Vertx vertx, Bus bus, StreamTopics topics, StreamSettings settings, InstantSource clock) {
    this.vertx = vertx;
    this.bus = bus;
    this.topics = topics;
    this.settings = settings;
    this.clock = clock;
  }

  /** Begins to hear what has changed; completed when every node knows it. */
  public Future<?> start() {
    vertx.setPeriodic(CHECK.toMillis(), timer -> check());
    return Future.all(
        bus.hear(Channels.FLAGS_CHANGED, changed -> flagsChanged(changed.revision())),
        bus.hear(Channels.ENTITLEMENT_CHANGED, this::entitlementChanged));
  }

  /** How many are open. */
  public int size() {
    return all.size();
  }

  /**
   * Turns a request into a stream.
   *
   * @param topic what it hears beside the flags, or null
   * @return completed when the stream has begun; fails with {@link RoomException} {@code
   *     too_many_streams} (of this address), {@code node_full} or {@code node_stops}
   */
  public Future<Void> open(HttpServerRequest request, @Nullable String topic) {
    String address = request.remoteAddress().hostAddress();
    RoomException refusal = refusal(address);
    if (refusal != null) {
      return Future.failedFuture(refusal);
    }
    HttpServerResponse response = request.response();
    EventStream stream = new EventStream(Sink.of(response), address, topic);
    add(stream);
    response.closeHandler(closed -> remove(stream)).exceptionHandler(broken -> remove(stream));
    String lastEventId = request.getHeader("Last-Event-ID");
    return FlagsAsk.revision(bus)
        // Without the room the stream opens all the same, and is told when the room is back.
        .otherwise(revision)
        .map(present -> begin(stream, response, present, lastEventId));
  }

  /** Sends every reader elsewhere, those that still come too. */
  public void closeAll() {
    stopping = true;
    for (EventStream stream : List.copyOf(all)) {
      stream.end();
      remove(stream);
    }
  }

  private @Nullable RoomException refusal(String address) {
    if (stopping) {
      return new RoomException(
          ErrorKind.UNAVAILABLE, "node_stops", "This node is stopping; another one takes over.");
    }
    if (all.size() >= settings.perNode()) {
      return new RoomException(
          ErrorKind.UNAVAILABLE, "node_full", "This node has no room for another stream.");
    }
    return byAddress.getOrDefault(address, 0) >= settings.perAddress()
        ? new RoomException(
            ErrorKind.TOO_MANY, "too_many_streams", "Too many streams of this address are open.")
        : null;
  }

  private @Nullable Void begin(
      EventStream stream, HttpServerResponse response, long present, @Nullable String lastEventId) {
    if (stream.isClosed() || response.ended() || response.closed()) {
      remove(stream);
      return null;
    }
    response
        .setChunked(true)
        .setWriteQueueMaxSize(UNREAD_BYTES)
        .putHeader("Content-Type", "text/event-stream")
        .putHeader("Cache-Control", "no-store")
        // Proxies that collect a response before they pass it on would hold it for ever.
        .putHeader("X-Accel-Buffering", "no");
    stream.begin(
        Math.max(present, revision), between(RETRY_FROM_MS, RETRY_TO_MS), clock.millis() + pause());
    learn(present, false);
    if (stream.isWaiting() || hasMissedSomething(stream, lastEventId)) {
      stream.announce(revision, sinceMs / 1000);
    } else if (lastEventId != null) {
      stream.reassure();
    }
    return null;
  }

  private boolean hasMissedSomething(EventStream stream, @Nullable String lastEventId) {
    if (lastEventId == null) {
      return clock.millis() - changedMs < RECENT.toMillis();
    }
    // What has changed for a user meanwhile has no number in the stream.
    return stream.topic() != null
        || !lastEventId.matches("\\d{1,18}")
        || Long.parseLong(lastEventId) < revision;
  }

  private void flagsChanged(long changed) {
    FlagsAsk.atLeast(vertx, bus, changed)
        .onFailure(e -> LOG.info("the room flags does not answer now: {}", e.getMessage()))
        .onComplete(done -> learn(changed, true));
  }

  private void entitlementChanged(EntitlementChanged changed) {
    String topic = byTopic.isEmpty() ? "" : topics.ofUser(changed.userId());
    if (byTopic.containsKey(topic)) {
      EntitlementAsk.atLeast(vertx, bus, changed)
          .onFailure(e -> LOG.info("a changed entitlement cannot be read now: {}", e.getMessage()))
          .onComplete(
              done -> List.copyOf(byTopic.getOrDefault(topic, Set.of())).forEach(this::arrange));
    }
  }

  private void check() {
    long now = clock.millis();
    for (EventStream stream : List.copyOf(all)) {
      stream.keepAlive(now, pause());
      if (stream.isClosed()) {
        remove(stream);
      }
    }
    if (!all.isEmpty() && now - polledMs >= POLL.toMillis()) {
      polledMs = now;
      FlagsAsk.revision(bus)
          .onSuccess(present -> learn(present, true))
          .onFailure(e -> LOG.info("the room flags does not answer now: {}", e.getMessage()));
    }
  }

  /**
   * Takes a revision for the present one, unless a later one is known.
   *
   * @param change whether it is one that came about while this node was listening
   */
  private void learn(long present, boolean change) {
    if (present <= revision) {
      return;
    }
    boolean first = revision == 0;
    revision = present;
    sinceMs = clock.millis();
    if (change || !first) {
      changedMs = sinceMs;
    }
    all.stream().filter(stream -> stream.toldRevision() < present).forEach(this::arrange);
  }

  private void arrange(EventStream stream) {
    if (stream.startWaiting()) {
      vertx.setTimer(
          between(1, SPREAD_MS),
          timer -> {
            stream.announce(revision, sinceMs / 1000);
            if (stream.isClosed()) {
              remove(stream);
            }
          });
    }
  }

  private void add(EventStream stream) {
    all.add(stream);
    byAddress.merge(stream.address(), 1, Integer::sum);
    if (stream.topic() != null) {
      byTopic.computeIfAbsent(stream.topic(), name -> new LinkedHashSet<>()).add(stream);
    }
  }

  private void remove(EventStream stream) {
    stream.gone();
    if (!all.remove(stream)) {
      return;
    }
    byAddress.computeIfPresent(stream.address(), (key, count) -> count == 1 ? null : count - 1);
    if (stream.topic() != null) {
      byTopic.computeIfPresent(
          stream.topic(),
          (name, streams) -> {
            streams.remove(stream);
            return streams.isEmpty() ? null : streams;
          });
    }
  }

  private static long pause() {
    return between(COMMENT_FROM_MS, COMMENT_TO_MS);
  }

  private static int between(int from, int to) {
    return ThreadLocalRandom.current().nextInt(from, to + 1);
  }
}
