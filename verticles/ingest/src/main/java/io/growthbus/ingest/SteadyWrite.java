package io.growthbus.ingest;

import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.postgres.Postgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * A write of many items to PostgreSQL that outlives what can be outlived. A lost connection is
 * retried with the same items, which the store recognises. A server that is silent for longer than
 * it allows a statement to run is given up. A value that PostgreSQL refuses fails the whole
 * statement; the items are then halved until the culprit is alone, so that it never sinks its
 * neighbours.
 *
 * @param <T> an item
 * @param <R> what became of it
 */
final class SteadyWrite<T, R> {
  /** How often a write is attempted at most. */
  static final int ATTEMPTS = 3;

  private static final int RETRY_MS = 50;

  private final Vertx vertx;
  private final Logger log;
  private final CommitBreaker breaker;
  private final long limitMs;
  private final Function<List<T>, Future<List<R>>> write;
  private final BiFunction<T, Throwable, Future<R>> refused;

  /**
   * @param log where failures are noted, without any value
   * @param breaker hears whether PostgreSQL does its work
   * @param limit after which time a write is given up; longer than the server's own limit
   * @param write writes items in one transaction and says what became of them
   * @param refused what becomes of an item that PostgreSQL refuses
   */
  SteadyWrite(
      Vertx vertx,
      Logger log,
      CommitBreaker breaker,
      Duration limit,
      Function<List<T>, Future<List<R>>> write,
      BiFunction<T, Throwable, Future<R>> refused) {
    this.vertx = vertx;
    this.log = log;
    this.breaker = breaker;
    this.limitMs = limit.toMillis();
    this.write = write;
    this.refused = refused;
  }

  /**
   * Writes.
   *
   * @return what became of the items, in their order; fails with {@link RoomException} {@code
   *     store_unavailable} when the outcome is unknown
   */
  Future<List<R>> of(List<T> items) {
    return attempt(items, 0);
  }

  private Future<List<R>> attempt(List<T> items, int attempt) {
    return Future.succeededFuture(items)
        .compose(this::inTime)
        .onSuccess(written -> breaker.succeeded())
        .recover(failure -> afterFailure(items, attempt, failure));
  }

  /** Gives up a write that outlives its limit; whether the server did it remains unknown. */
  private Future<List<R>> inTime(List<T> items) {
    Future<List<R>> written = write.apply(items);
    return written
        .timeout(limitMs, TimeUnit.MILLISECONDS)
        .onFailure(
            failure -> {
              if (!written.isComplete()) {
                breaker.open();
              }
            });
  }

  private Future<List<R>> afterFailure(List<T> items, int attempt, Throwable failure) {
    if (Postgres.isPoison(failure)) {
      breaker.succeeded();
      return bisect(items, failure);
    }
    if (Postgres.isUnavailable(failure)) {
      breaker.failed();
    }
    if (Postgres.isTransient(failure) && breaker.isClosed() && attempt < ATTEMPTS - 1) {
      long delay = RETRY_MS + ThreadLocalRandom.current().nextLong(RETRY_MS);
      return vertx
          .timer(delay, TimeUnit.MILLISECONDS)
          .compose(later -> attempt(items, attempt + 1));
    }
    log.atLevel(Postgres.isTransient(failure) ? Level.WARN : Level.ERROR)
        .log(
            "a group of {} events could not be stored: {}",
            items.size(),
            Postgres.describe(failure));
    return Future.failedFuture(GroupQueue.storeUnavailable());
  }

  private Future<List<R>> bisect(List<T> items, Throwable failure) {
    if (items.size() == 1) {
      return refused.apply(items.get(0), failure).map(List::of);
    }
    int middle = items.size() / 2;
    return attempt(items.subList(0, middle), 0)
        .compose(
            left ->
                attempt(items.subList(middle, items.size()), 0)
                    .map(
                        right -> {
                          List<R> both = new ArrayList<>(left);
                          both.addAll(right);
                          return both;
                        }));
  }
}
