package io.growthbus.ingest;

import io.growthbus.ingest.meters.CurrentMeters;
import io.growthbus.ingest.store.EventStore;
import io.growthbus.ingest.store.EventStore.Committed;
import io.growthbus.ingest.store.EventStore.NewEvent;
import io.growthbus.ingest.store.MetersOutdated;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.postgres.Postgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the batches of many senders into few commits.
 *
 * <p>Design: a {@link GroupQueue}. Alone, a batch costs one commit; under load the groups grow by
 * themselves, and with them the rate.
 *
 * <p>An id that is in a group twice is stored for the first batch that brought it and a duplicate
 * for the others, a conflicting one where it says something else. What PostgreSQL refuses is found
 * by {@link SteadyWrite}. While PostgreSQL takes no events, {@link CommitBreaker} sends everybody
 * away.
 *
 * <p>Lives on one event loop; not thread-safe.
 */
final class GroupCommit {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);

  /** How often one commit is repeated because the meters have changed again. */
  private static final int MOST_RELOADS = 2;

  /** What became of one event of a batch. */
  enum Outcome {
    STORED,
    DUPLICATE,
    /** A duplicate of an event that says something else. */
    CONFLICTING,
    NOT_STORABLE
  }

  private final EventStore store;
  private final CurrentMeters meters;
  private final Consumer<List<MeterReading>> afterCommit;
  private final Consumer<Integer> membersNamed;
  private final CommitBreaker breaker;
  private final SteadyWrite<NewEvent, Fate> write;
  private final GroupQueue<NewEvent, Outcome> queue;

  /**
   * @param meters which events move which counters, read anew for each commit
   * @param afterCommit hears the counters that moved, after they are durable
   * @param membersNamed hears how many events that name members are durable, when there are any
   * @param commitLimit after which time a commit is given up; longer than the server's own limit
   */
  GroupCommit(
      Vertx vertx,
      EventStore store,
      IngestSettings settings,
      CurrentMeters meters,
      Consumer<List<MeterReading>> afterCommit,
      Consumer<Integer> membersNamed,
      Duration commitLimit) {
    this.store = store;
    this.meters = meters;
    this.afterCommit = afterCommit;
    this.membersNamed = membersNamed;
    this.breaker = new CommitBreaker(vertx, store::durabilityWarning, System::nanoTime, this::pump);
    this.write =
        new SteadyWrite<>(vertx, LOG, breaker, commitLimit, this::commit, GroupCommit::notStorable);
    this.queue =
        new GroupQueue<>(
            vertx,
            new GroupQueue.Bounds(
                settings.writers(),
                settings.groupEvents(),
                settings.queueEvents(),
                settings.queueBytes(),
                settings.deadline()),
            breaker,
            this::commitGroup);
  }

  private void pump() {
    queue.pump();
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
    return events.isEmpty()
        ? Future.succeededFuture(List.of())
        : queue.submit(events, events.stream().mapToLong(e -> e.event().bytes()).sum());
  }

  /**
   * Commits everything that was accepted and accepts nothing more.
   *
   * @return completed when every sender has its answer and nothing is under way
   */
  Future<Void> drain() {
    return queue.drain().onComplete(done -> breaker.end());
  }

  /** Says so when no commit was possible for more than ten seconds; from any thread. */
  Optional<String> warning() {
    return breaker.warning();
  }

  private Future<List<List<Outcome>>> commitGroup(List<List<NewEvent>> batches) {
    Map<UUID, NewEvent> distinct = new LinkedHashMap<>();
    batches.forEach(
        batch -> batch.forEach(event -> distinct.putIfAbsent(event.event().eventId(), event)));
    return write
        .of(List.copyOf(distinct.values()))
        .map(
            fates -> {
              Map<UUID, Fate> byId = new HashMap<>();
              fates.forEach(fate -> byId.put(fate.first().event().eventId(), fate));
              Set<UUID> claimed = new HashSet<>();
              return batches.stream().map(batch -> Fate.ofEach(batch, byId, claimed)).toList();
            });
  }

  private Future<List<Fate>> commit(List<NewEvent> events) {
    return commit(events, 0).map(committed -> fates(events, committed));
  }

  /** Repeats a commit that the store refused because this node counts by old meters. */
  private Future<Committed> commit(List<NewEvent> events, int attempt) {
    return store
        .commit(events, meters.current())
        .recover(
            failure ->
                failure instanceof MetersOutdated && attempt < MOST_RELOADS
                    ? meters.reload().transform(read -> commit(events, attempt + 1))
                    : Future.failedFuture(failure));
  }

  private List<Fate> fates(List<NewEvent> events, Committed committed) {
    announce(committed.readings(), membersNamed(events, committed));
    List<Fate> fates = new ArrayList<>(events.size());
    for (NewEvent event : events) {
      UUID id = event.event().eventId();
      Outcome outcome = committed.inserted().contains(id) ? Outcome.STORED : Outcome.DUPLICATE;
      fates.add(new Fate(outcome, event, committed.storedBefore().get(id)));
    }
    return fates;
  }

  /** The events are durable; that nobody hears of the counters must not make them look lost. */
  private void announce(List<MeterReading> readings, int members) {
    try {
      if (!readings.isEmpty()) {
        afterCommit.accept(readings);
      }
      if (members > 0) {
        membersNamed.accept(members);
      }
    } catch (RuntimeException e) {
      LOG.warn(
          "{} counters advanced, {} members were named, and it could not be announced",
          readings.size(),
          members,
          e);
    }
  }

  private static int membersNamed(List<NewEvent> events, Committed committed) {
    return (int)
        events.stream()
            .filter(NewEvent::namesMember)
            .filter(event -> committed.inserted().contains(event.event().eventId()))
            .count();
  }

  private static Future<Fate> notStorable(NewEvent culprit, Throwable failure) {
    LOG.warn(
        "PostgreSQL refuses event {}: {}", culprit.event().eventId(), Postgres.describe(failure));
    return Future.succeededFuture(new Fate(Outcome.NOT_STORABLE, culprit, null));
  }
}
