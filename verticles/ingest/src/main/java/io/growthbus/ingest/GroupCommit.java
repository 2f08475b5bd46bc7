package io.growthbus.ingest;

import io.growthbus.ingest.CommitQueue.Waiting;
import io.growthbus.ingest.store.EventStore;
import io.growthbus.ingest.store.EventStore.Committed;
import io.growthbus.ingest.store.EventStore.NewEvent;
import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.postgres.Postgres;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Turns the batches of many senders into few commits.
 *
 * <p>Design: one bounded queue, a few writers. A writer that is free commits at once and takes
 * whatever has arrived meanwhile, up to a limit. Nobody waits for a group to fill: alone, a batch
 * costs one commit; under load the groups grow by themselves, and with them the rate. A sender is
 * answered when the group with its events is committed, or at its deadline; a batch that is still
 * in the queue then is dropped, so that a slow database works for senders who are still there.
 *
 * <p>An id that is in a group twice is stored for the first batch that brought it and a duplicate
 * for the others, a conflicting one where it says something else. A value that PostgreSQL refuses
 * fails the whole statement; the group is then halved until the culprit is alone, so that it never
 * sinks its neighbours. A lost connection is retried with the same ids, which the store recognises.
 *
 * <p>A server that is silent for longer than it allows a statement to run is given up: the writer
 * is free again, and {@link CommitBreaker} sends everybody away until the server answers.
 *
 * <p>Lives on one event loop; not thread-safe.
 */
final class GroupCommit {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);
  private static final int RETRIES = 2;
  private static final int RETRY_MS = 50;

  /** What became of one event of a batch. */
  enum Outcome {
    STORED,
    DUPLICATE,
    /** A duplicate of an event that says something else. */
    CONFLICTING,
    NOT_STORABLE
  }

  private final Vertx vertx;
  private final EventStore store;
  private final IngestSettings settings;
  private final Supplier<List<Meter>> meters;
  private final Consumer<List<MeterReading>> afterCommit;
  private final long commitLimitMs;
  private final CommitBreaker breaker;
  private final CommitQueue queue;
  private final Promise<Void> drained = Promise.promise();
  private int freeWriters;
  private boolean draining;

  /**
   * @param meters which event name moves which counter, read anew for each commit
   * @param afterCommit hears the counters that moved, after they are durable
   * @param commitLimit after which time a commit is given up; longer than the server's own limit
   */
  GroupCommit(
      Vertx vertx,
      EventStore store,
      IngestSettings settings,
      Supplier<List<Meter>> meters,
      Consumer<List<MeterReading>> afterCommit,
      Duration commitLimit) {
    this.vertx = vertx;
    this.store = store;
    this.settings = settings;
    this.meters = meters;
    this.afterCommit = afterCommit;
    this.commitLimitMs = commitLimit.toMillis();
    this.breaker = new CommitBreaker(vertx, store::durabilityWarning, System::nanoTime, this::pump);
    this.queue = new CommitQueue(settings.queueEvents(), settings.queueBytes());
    this.freeWriters = settings.writers();
  }

  /**
   * Stores a batch.
   *
   * @return one outcome per event, in order, after the commit; fails with {@link RoomException}:
   *     {@code overloaded} at once, {@code commit_timeout} or {@code store_unavailable} when the
   *     outcome is unknown and the same events should be sent again; the latter at once while the
   *     database takes no events
   */
  Future<List<Outcome>> submit(List<NewEvent> events) {
    if (events.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    if (breaker.isOpen()) {
      return Future.failedFuture(storeUnavailable());
    }
    Waiting waiting = Waiting.of(events);
    if (draining || !queue.offer(waiting)) {
      return Future.failedFuture(
          unavailable(
              "overloaded", "More events are waiting than can be stored in time; send again."));
    }
    long deadline =
        vertx.setTimer(
            settings.deadline().toMillis(),
            late ->
                waiting
                    .answer()
                    .tryFail(
                        unavailable("commit_timeout", "The commit takes too long; send again.")));
    pump();
    return waiting.answer().future().onComplete(done -> vertx.cancelTimer(deadline));
  }

  /**
   * Commits everything that was accepted and accepts nothing more.
   *
   * @return completed when every sender has its answer and nothing is under way
   */
  Future<Void> drain() {
    draining = true;
    pump();
    return drained.future().onComplete(done -> breaker.end());
  }

  /** Says so when no commit was possible for more than ten seconds; from any thread. */
  Optional<String> warning() {
    return breaker.warning();
  }

  private void pump() {
    if (breaker.isOpen()) {
      queue.refuse(storeUnavailable());
    }
    while (freeWriters > 0 && breaker.mayBegin() && !queue.isEmpty()) {
      List<Waiting> group = queue.next(settings.groupEvents());
      if (!group.isEmpty()) {
        freeWriters--;
        breaker.begun();
        commitGroup(group)
            .onComplete(
                done -> {
                  freeWriters++;
                  pump();
                });
      }
    }
    if (draining && queue.isEmpty() && freeWriters == settings.writers()) {
      drained.tryComplete();
    }
  }

  private Future<Void> commitGroup(List<Waiting> group) {
    Map<UUID, NewEvent> distinct = new LinkedHashMap<>();
    group.forEach(
        waiting -> waiting.events().forEach(e -> distinct.putIfAbsent(e.event().eventId(), e)));
    return commit(List.copyOf(distinct.values()), 0)
        .onSuccess(
            fates -> {
              Set<UUID> claimed = new HashSet<>();
              group.forEach(
                  waiting ->
                      waiting.answer().tryComplete(Fate.ofEach(waiting.events(), fates, claimed)));
            })
        .onFailure(failure -> group.forEach(waiting -> waiting.answer().tryFail(failure)))
        .mapEmpty();
  }

  private Future<Map<UUID, Fate>> commit(List<NewEvent> events, int attempt) {
    return Future.succeededFuture(events)
        .compose(this::commitInTime)
        .onSuccess(committed -> breaker.succeeded())
        .map(committed -> fates(events, committed))
        .recover(failure -> afterFailure(events, attempt, failure));
  }

  /** Gives up a commit that outlives its limit; whether the server did it remains unknown. */
  private Future<Committed> commitInTime(List<NewEvent> events) {
    Future<Committed> commit = store.commit(events, meters.get());
    return commit
        .timeout(commitLimitMs, TimeUnit.MILLISECONDS)
        .onFailure(
            failure -> {
              if (!commit.isComplete()) {
                breaker.open();
              }
            });
  }

  private Map<UUID, Fate> fates(List<NewEvent> events, Committed committed) {
    announce(committed.readings());
    Map<UUID, Fate> fates = new HashMap<>();
    for (NewEvent event : events) {
      UUID id = event.event().eventId();
      Outcome outcome = committed.inserted().contains(id) ? Outcome.STORED : Outcome.DUPLICATE;
      fates.put(id, new Fate(outcome, event, committed.storedBefore().get(id)));
    }
    return fates;
  }

  /** The events are durable; that nobody hears of the counters must not make them look lost. */
  private void announce(List<MeterReading> readings) {
    try {
      if (!readings.isEmpty()) {
        afterCommit.accept(readings);
      }
    } catch (RuntimeException e) {
      LOG.warn("{} counters advanced and it could not be announced", readings.size(), e);
    }
  }

  private Future<Map<UUID, Fate>> afterFailure(
      List<NewEvent> events, int attempt, Throwable failure) {
    if (Postgres.isPoison(failure)) {
      breaker.succeeded();
      return bisect(events, failure);
    }
    if (Postgres.isUnavailable(failure)) {
      breaker.failed();
    }
    if (Postgres.isTransient(failure) && breaker.isClosed() && attempt < RETRIES) {
      long delay = RETRY_MS + ThreadLocalRandom.current().nextLong(RETRY_MS);
      return vertx
          .timer(delay, TimeUnit.MILLISECONDS)
          .compose(later -> commit(events, attempt + 1));
    }
    LOG.atLevel(Postgres.isTransient(failure) ? Level.WARN : Level.ERROR)
        .log(
            "a group of {} events could not be stored: {}",
            events.size(),
            Postgres.describe(failure));
    return Future.failedFuture(storeUnavailable());
  }

  private Future<Map<UUID, Fate>> bisect(List<NewEvent> events, Throwable failure) {
    if (events.size() == 1) {
      UUID culprit = events.get(0).event().eventId();
      LOG.warn("PostgreSQL refuses event {}: {}", culprit, Postgres.describe(failure));
      return Future.succeededFuture(
          Map.of(culprit, new Fate(Outcome.NOT_STORABLE, events.get(0), null)));
    }
    int middle = events.size() / 2;
    return commit(events.subList(0, middle), 0)
        .compose(
            left ->
                commit(events.subList(middle, events.size()), 0)
                    .map(
                        right -> {
                          Map<UUID, Fate> both = new HashMap<>(left);
                          both.putAll(right);
                          return both;
                        }));
  }

  private static RoomException storeUnavailable() {
    return unavailable(
        "store_unavailable", "The events could not be stored for certain; send again.");
  }

  private static RoomException unavailable(String code, String message) {
    return new RoomException(ErrorKind.UNAVAILABLE, code, message);
  }
}
