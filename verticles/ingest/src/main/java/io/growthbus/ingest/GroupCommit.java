package io.growthbus.ingest;

import io.growthbus.ingest.core.ContentHash;
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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
 * <p>Lives on one event loop; not thread-safe.
 */
final class GroupCommit {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);

  /** How often a commit is attempted at most. */
  static final int ATTEMPTS = 3;

  private static final int RETRY_MS = 50;

  /** What became of one event of a batch. */
  enum Outcome {
    STORED,
    DUPLICATE,
    /** A duplicate of an event that says something else. */
    CONFLICTING,
    NOT_STORABLE
  }

  /**
   * What became of an id.
   *
   * @param first the event of the group that was given to the store
   * @param storedBefore fingerprint of the event that was stored before, if that was so
   */
  private record Fate(Outcome outcome, NewEvent first, @Nullable Long storedBefore) {
    Outcome ofRepetition(NewEvent event) {
      long stored = storedBefore == null ? ContentHash.of(first.event()) : storedBefore;
      return ContentHash.of(event.event()) == stored ? Outcome.DUPLICATE : Outcome.CONFLICTING;
    }
  }

  private record Waiting(List<NewEvent> events, long bytes, Promise<List<Outcome>> answer) {
    boolean isAnswered() {
      return answer.future().isComplete();
    }
  }

  private final Vertx vertx;
  private final EventStore store;
  private final IngestSettings settings;
  private final Supplier<List<Meter>> meters;
  private final Consumer<List<MeterReading>> afterCommit;
  private final Deque<Waiting> queue = new ArrayDeque<>();
  private final Promise<Void> drained = Promise.promise();
  private int freeWriters;
  private int queuedEvents;
  private long queuedBytes;
  private boolean draining;

  /**
   * @param meters which event name moves which counter, read anew for each commit
   * @param afterCommit hears the counters that moved, after they are durable
   */
  GroupCommit(
      Vertx vertx,
      EventStore store,
      IngestSettings settings,
      Supplier<List<Meter>> meters,
      Consumer<List<MeterReading>> afterCommit) {
    this.vertx = vertx;
    this.store = store;
    this.settings = settings;
    this.meters = meters;
    this.afterCommit = afterCommit;
    this.freeWriters = settings.writers();
  }

  /**
   * Stores a batch.
   *
   * @return one outcome per event, in order, after the commit; fails with {@link RoomException}:
   *     {@code overloaded} at once, {@code commit_timeout} or {@code store_unavailable} when the
   *     outcome is unknown and the same events should be sent again
   */
  Future<List<Outcome>> submit(List<NewEvent> events) {
    if (events.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    long bytes = events.stream().mapToLong(e -> e.event().bytes()).sum();
    if (draining
        || queuedEvents + events.size() > settings.queueEvents()
        || queuedBytes + bytes > settings.queueBytes()) {
      return Future.failedFuture(
          unavailable(
              "overloaded", "More events are waiting than can be stored in time; send again."));
    }
    Waiting waiting = new Waiting(events, bytes, Promise.promise());
    queue.add(waiting);
    queuedEvents += events.size();
    queuedBytes += bytes;
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
    return drained.future();
  }

  private void pump() {
    while (freeWriters > 0 && !queue.isEmpty()) {
      List<Waiting> group = nextGroup();
      if (!group.isEmpty()) {
        freeWriters--;
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

  /** What a writer takes next; empty when nobody who waits still wants an answer. */
  private List<Waiting> nextGroup() {
    List<Waiting> group = new ArrayList<>();
    int size = 0;
    while (!queue.isEmpty()
        && (group.isEmpty() || size + queue.peek().events().size() <= settings.groupEvents())) {
      Waiting next = queue.remove();
      queuedEvents -= next.events().size();
      queuedBytes -= next.bytes();
      // Told to repeat: committing it now would only make those wait who come after it.
      if (!next.isAnswered()) {
        group.add(next);
        size += next.events().size();
      }
    }
    return group;
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
                  waiting -> waiting.answer().tryComplete(answer(waiting, fates, claimed)));
            })
        .onFailure(failure -> group.forEach(waiting -> waiting.answer().tryFail(failure)))
        .mapEmpty();
  }

  private static List<Outcome> answer(Waiting waiting, Map<UUID, Fate> fates, Set<UUID> claimed) {
    List<Outcome> answers = new ArrayList<>(waiting.events().size());
    for (NewEvent event : waiting.events()) {
      UUID id = event.event().eventId();
      Fate fate = Objects.requireNonNull(fates.get(id));
      boolean own =
          fate.outcome() == Outcome.NOT_STORABLE
              || (fate.outcome() == Outcome.STORED && claimed.add(id));
      answers.add(own ? fate.outcome() : fate.ofRepetition(event));
    }
    return answers;
  }

  private Future<Map<UUID, Fate>> commit(List<NewEvent> events, int attempt) {
    return Future.succeededFuture(events)
        .compose(group -> store.commit(group, meters.get()))
        .map(committed -> fates(events, committed))
        .recover(failure -> afterFailure(events, attempt, failure));
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
      return bisect(events, failure);
    }
    if (!Postgres.isTransient(failure)) {
      LOG.error(
          "a group of {} events could not be stored: {}",
          events.size(),
          Postgres.describe(failure));
    } else if (attempt < ATTEMPTS - 1) {
      long delay = RETRY_MS + ThreadLocalRandom.current().nextLong(RETRY_MS);
      return vertx
          .timer(delay, TimeUnit.MILLISECONDS)
          .compose(later -> commit(events, attempt + 1));
    } else {
      LOG.warn(
          "a group of {} events could not be stored: {}",
          events.size(),
          Postgres.describe(failure));
    }
    return Future.failedFuture(
        unavailable(
            "store_unavailable", "The events could not be stored for certain; send again."));
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

  private static RoomException unavailable(String code, String message) {
    return new RoomException(ErrorKind.UNAVAILABLE, code, message);
  }
}
