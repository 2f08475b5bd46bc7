package io.growthbus.ingest;

import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;

/**
 * One bounded queue of batches and a few writers. A writer that is free takes whatever has arrived
 * meanwhile, up to a limit; nobody waits for a group to fill.
 *
 * <p>A sender is answered when the group with its batch is written, or at its deadline; a batch
 * that is still in the queue then is dropped, so that a slow database works for senders who are
 * still there.
 *
 * <p>Lives on one event loop; not thread-safe.
 *
 * @param <T> what a batch consists of
 * @param <R> what became of it
 */
final class GroupQueue<T, R> {

  /**
   * How much is taken in.
   *
   * @param writers how many groups are written at once
   * @param groupItems items of a group; a larger batch is a group of its own
   * @param queueItems items that may wait
   * @param queueBytes bytes that may wait
   * @param deadline longest wait for an answer
   */
  record Bounds(int writers, int groupItems, int queueItems, long queueBytes, Duration deadline) {}

  private record Waiting<T, R>(List<T> items, long bytes, Promise<List<R>> answer) {
    boolean isAnswered() {
      return answer.future().isComplete();
    }
  }

  private final Vertx vertx;
  private final Bounds bounds;
  private final CommitBreaker breaker;
  private final Function<List<List<T>>, Future<List<List<R>>>> writer;
  private final Deque<Waiting<T, R>> queue = new ArrayDeque<>();
  private final Promise<Void> drained = Promise.promise();
  private int freeWriters;
  private int queuedItems;
  private long queuedBytes;
  private boolean draining;

  /**
   * @param breaker says whether writing makes sense; when that changes, {@link #pump} is to be
   *     called
   * @param writer writes a group of batches; gives for each batch what became of its items, in
   *     order
   */
  GroupQueue(
      Vertx vertx,
      Bounds bounds,
      CommitBreaker breaker,
      Function<List<List<T>>, Future<List<List<R>>>> writer) {
    this.vertx = vertx;
    this.bounds = bounds;
    this.breaker = breaker;
    this.writer = writer;
    this.freeWriters = bounds.writers();
  }

  /**
   * Writes a batch.
   *
   * @param bytes its size
   * @return one answer per item, in order; fails with {@link RoomException} {@code overloaded} at
   *     once, {@code store_unavailable} at once while the breaker is open, {@code commit_timeout}
   *     when the outcome is unknown, or as the writer does
   */
  Future<List<R>> submit(List<T> items, long bytes) {
    if (breaker.isOpen()) {
      return Future.failedFuture(storeUnavailable());
    }
    if (draining
        || queuedItems + items.size() > bounds.queueItems()
        || queuedBytes + bytes > bounds.queueBytes()) {
      return Future.failedFuture(
          unavailable(
              "overloaded", "More events are waiting than can be stored in time; send again."));
    }
    Waiting<T, R> waiting = new Waiting<>(items, bytes, Promise.promise());
    queue.add(waiting);
    queuedItems += items.size();
    queuedBytes += bytes;
    long deadline =
        vertx.setTimer(
            bounds.deadline().toMillis(),
            late ->
                waiting
                    .answer()
                    .tryFail(
                        unavailable("commit_timeout", "The commit takes too long; send again.")));
    pump();
    return waiting.answer().future().onComplete(done -> vertx.cancelTimer(deadline));
  }

  /**
   * Writes everything that was accepted and accepts nothing more.
   *
   * @return completed when every sender has its answer and nothing is under way
   */
  Future<Void> drain() {
    draining = true;
    pump();
    return drained.future();
  }

  /** Writes what can be written now, and sends everybody away while nothing can. */
  void pump() {
    while (breaker.isOpen() && !queue.isEmpty()) {
      remove().answer().tryFail(storeUnavailable());
    }
    while (freeWriters > 0 && breaker.mayBegin() && !queue.isEmpty()) {
      List<Waiting<T, R>> group = nextGroup();
      if (!group.isEmpty()) {
        freeWriters--;
        breaker.begun();
        write(group)
            .onComplete(
                done -> {
                  freeWriters++;
                  pump();
                });
      }
    }
    if (draining && queue.isEmpty() && freeWriters == bounds.writers()) {
      drained.tryComplete();
    }
  }

  /** What a writer takes next; empty when nobody who waits still wants an answer. */
  private List<Waiting<T, R>> nextGroup() {
    List<Waiting<T, R>> group = new ArrayList<>();
    int size = 0;
    while (!queue.isEmpty()
        && (group.isEmpty() || size + queue.peek().items().size() <= bounds.groupItems())) {
      Waiting<T, R> next = remove();
      // Told to repeat: writing it now would only make those wait who come after it.
      if (!next.isAnswered()) {
        group.add(next);
        size += next.items().size();
      }
    }
    return group;
  }

  private Waiting<T, R> remove() {
    Waiting<T, R> next = queue.remove();
    queuedItems -= next.items().size();
    queuedBytes -= next.bytes();
    return next;
  }

  private Future<Void> write(List<Waiting<T, R>> group) {
    return writer
        .apply(group.stream().map(Waiting::items).toList())
        .onSuccess(
            answers -> {
              for (int i = 0; i < group.size(); i++) {
                group.get(i).answer().tryComplete(answers.get(i));
              }
            })
        .onFailure(failure -> group.forEach(waiting -> waiting.answer().tryFail(failure)))
        .mapEmpty();
  }

  /** Says that the outcome is unknown. */
  static RoomException storeUnavailable() {
    return unavailable(
        "store_unavailable", "The events could not be stored for certain; send again.");
  }

  /** A refusal after which the same should be sent again. */
  static RoomException unavailable(String code, String message) {
    return new RoomException(ErrorKind.UNAVAILABLE, code, message);
  }
}
