package io.growthbus.shared.bus;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Asks again until an answer is new enough, half a second long at most.
 *
 * <p>The broadcast of a change reaches every listener in its own time: whoever hears it first may
 * ask a room that still answers from what it had.
 */
public final class FreshAsk {
  private static final int TRIES = 10;
  private static final long PAUSE_MS = 50;

  private FreshAsk() {}

  /**
   * The first answer that is new enough; the last one when none comes in time.
   *
   * @return fails as the question does
   */
  public static <R> Future<R> until(
      Vertx vertx, Supplier<Future<R>> question, Predicate<R> isFresh) {
    return ask(vertx, question, isFresh, TRIES);
  }

  private static <R> Future<R> ask(
      Vertx vertx, Supplier<Future<R>> question, Predicate<R> isFresh, int tries) {
    return question
        .get()
        .compose(
            answer ->
                tries == 0 || isFresh.test(answer)
                    ? Future.succeededFuture(answer)
                    : vertx
                        .timer(PAUSE_MS, TimeUnit.MILLISECONDS)
                        .compose(later -> ask(vertx, question, isFresh, tries - 1)));
  }
}
