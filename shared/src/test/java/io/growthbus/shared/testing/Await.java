package io.growthbus.shared.testing;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting in tests: for a future, or for a condition, never for a fixed time. */
public final class Await {
  private Await() {}

  /** The result of a future, within 20 seconds. */
  public static <T> T result(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (java.util.concurrent.ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new AssertionError("the future failed", e.getCause());
    } catch (InterruptedException | java.util.concurrent.TimeoutException e) {
      throw new AssertionError("the future did not complete within 20 seconds", e);
    }
  }

  /** What a future failed with, within 20 seconds; a future that succeeds is a failure here. */
  public static Throwable failure(Future<?> future) {
    return result(
        future.transform(
            done ->
                done.succeeded()
                    ? Future.failedFuture(new AssertionError("the future succeeded"))
                    : Future.succeededFuture(done.cause())));
  }

  /** Returns as soon as the condition holds; fails after the deadline. */
  public static void until(String what, Duration deadline, BooleanSupplier condition) {
    long end = System.nanoTime() + deadline.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("within " + deadline + " it did not happen that " + what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
  }
}
