package io.growthbus.ingest;

import io.growthbus.ingest.store.QuarantineStore;
import io.growthbus.ingest.store.QuarantineStore.Occurrences;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.postgres.Postgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes in what is refused for its content. The refusals of many requests are written together, as
 * events are; requests without any do not come here.
 *
 * <p>Lives on one event loop; not thread-safe.
 */
final class Quarantine {
  private static final Logger LOG = LoggerFactory.getLogger(Quarantine.class);

  private final QuarantineStore store;
  private final CommitBreaker breaker;
  private final SteadyWrite<Occurrences, Long> write;
  private final GroupQueue<Refusal, Void> queue;
  private final LongAdder refused = new LongAdder();
  private final LongAdder notKept = new LongAdder();

  /**
   * @param limit after which time a write is given up; longer than the server's own limit
   * @param probe asks the database anything; its failure means that it is not there
   */
  Quarantine(
      Vertx vertx,
      QuarantineStore store,
      IngestSettings settings,
      Duration limit,
      Supplier<? extends Future<?>> probe) {
    this.store = store;
    this.breaker = new CommitBreaker(vertx, probe, System::nanoTime, this::pump);
    this.write =
        new SteadyWrite<>(
            vertx, LOG, breaker, limit, events -> store.add(events).map(List::of), this::emptied);
    this.queue =
        new GroupQueue<>(
            vertx,
            new GroupQueue.Bounds(
                1,
                settings.groupEvents(),
                settings.queueEvents(),
                settings.queueBytes(),
                settings.deadline()),
            breaker,
            this::writeGroup);
  }

  private void pump() {
    queue.pump();
  }

  /**
   * Keeps refused events.
   *
   * @return completed after the commit; fails with {@link RoomException} {@code overloaded}, {@code
   *     commit_timeout} or {@code store_unavailable}, and the same should be sent again
   */
  Future<Void> add(List<Refusal> refusals) {
    return refusals.isEmpty()
        ? Future.succeededFuture()
        : queue
            .submit(refusals, refusals.stream().mapToLong(r -> r.event().content().length()).sum())
            .mapEmpty();
  }

  /** Writes what was accepted and accepts nothing more. */
  Future<Void> drain() {
    return queue.drain().onComplete(done -> breaker.end());
  }

  /** How many events were refused for their content since the start, repetitions included. */
  long refusedEvents() {
    return refused.sum();
  }

  /** Of how many of them nothing but the number was kept. */
  long notKeptEvents() {
    return notKept.sum();
  }

  private Future<List<List<Void>>> writeGroup(List<List<Refusal>> batches) {
    TreeMap<UUID, Occurrences> distinct = new TreeMap<>();
    batches.forEach(
        batch ->
            batch.forEach(
                refusal ->
                    distinct.merge(
                        refusal.event().fingerprint(),
                        new Occurrences(refusal.event(), 1, refusal.keep()),
                        (one, other) ->
                            new Occurrences(
                                one.event(), one.count() + other.count(), one.keep()))));
    return write
        .of(List.copyOf(distinct.values()))
        .map(
            lost -> {
              lost.forEach(notKept::add);
              batches.forEach(batch -> refused.add(batch.size()));
              return batches.stream().map(batch -> List.<Void>of()).toList();
            });
  }

  /** What PostgreSQL refuses, it gets without content; the reason is kept at least. */
  private Future<Long> emptied(Occurrences culprit, Throwable failure) {
    LOG.warn("PostgreSQL refuses a refused event: {}", Postgres.describe(failure));
    return store
        .add(List.of(new Occurrences(culprit.event().withoutContent(), culprit.count(), true)))
        .recover(
            again ->
                Postgres.isPoison(again)
                    ? Future.succeededFuture(culprit.count())
                    : Future.failedFuture(GroupQueue.storeUnavailable()));
  }
}
