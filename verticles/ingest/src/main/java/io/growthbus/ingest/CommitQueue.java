package io.growthbus.ingest;

import io.growthbus.ingest.GroupCommit.Outcome;
import io.growthbus.ingest.store.EventStore.NewEvent;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The batches that wait for a commit: first come, first served, bounded by events and by bytes.
 *
 * <p>Not thread-safe.
 */
final class CommitQueue {
  private final int maxEvents;
  private final long maxBytes;
  private final Deque<Waiting> queue = new ArrayDeque<>();
  private int events;
  private long bytes;

  /** A batch and who waits for what becomes of it. */
  record Waiting(List<NewEvent> events, long bytes, Promise<List<Outcome>> answer) {
    static Waiting of(List<NewEvent> events) {
      long bytes = events.stream().mapToLong(e -> e.event().bytes()).sum();
      return new Waiting(events, bytes, Promise.promise());
    }

    boolean isAnswered() {
      return answer.future().isComplete();
    }
  }

  CommitQueue(int maxEvents, long maxBytes) {
    this.maxEvents = maxEvents;
    this.maxBytes = maxBytes;
  }

  /** Takes a batch, or not when that would be more than may wait. */
  boolean offer(Waiting batch) {
    if (events + batch.events().size() > maxEvents || bytes + batch.bytes() > maxBytes) {
      return false;
    }
    queue.add(batch);
    events += batch.events().size();
    bytes += batch.bytes();
    return true;
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  /**
   * What a writer takes next: whole batches up to so many events, or one that is larger; empty when
   * nobody who waits still wants an answer.
   */
  List<Waiting> next(int groupEvents) {
    List<Waiting> group = new ArrayList<>();
    int size = 0;
    while (!queue.isEmpty()
        && (group.isEmpty() || size + queue.peek().events().size() <= groupEvents)) {
      Waiting next = remove();
      // Told to repeat: committing it now would only make those wait who come after it.
      if (!next.isAnswered()) {
        group.add(next);
        size += next.events().size();
      }
    }
    return group;
  }

  /** Sends everyone away. */
  void refuse(Throwable why) {
    while (!queue.isEmpty()) {
      remove().answer().tryFail(why);
    }
  }

  private Waiting remove() {
    Waiting next = queue.remove();
    events -= next.events().size();
    bytes -= next.bytes();
    return next;
  }
}
