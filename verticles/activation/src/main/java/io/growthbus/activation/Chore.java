package io.growthbus.activation;

import io.growthbus.shared.postgres.Postgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something that is done again and again, never twice at once; what fails is logged and done again.
 *
 * <p>Lives on one event loop; not thread-safe.
 */
final class Chore {
  private static final Logger LOG = LoggerFactory.getLogger(Chore.class);

  private final String what;
  private final Supplier<Future<Void>> work;
  private Future<Void> running = Future.succeededFuture();

  /**
   * @param what what it is, for the log
   */
  Chore(String what, Supplier<Future<Void>> work) {
    this.what = what;
    this.work = work;
  }

  /** Does it from time to time, for as long as the room lives. */
  Chore every(Vertx vertx, Duration pause) {
    vertx.setPeriodic(pause.toMillis(), timer -> run());
    return this;
  }

  /** Does it now, unless it is being done. */
  void run() {
    if (running.isComplete()) {
      running =
          work.get()
              .onFailure(
                  e -> LOG.warn("{} failed and will be repeated: {}", what, Postgres.describe(e)));
    }
  }

  /** Completed when it is not under way; does not fail. */
  Future<Void> settled() {
    return running.otherwiseEmpty();
  }
}
