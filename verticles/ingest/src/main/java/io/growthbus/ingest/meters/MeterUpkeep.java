package io.growthbus.ingest.meters;

import io.growthbus.ingest.store.PgMeterUpkeep;
import io.growthbus.ingest.store.PgMeterUpkeep.Step;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts earlier events for new meters, and removes counters that nothing reads any more. Every
 * node does this; who comes second finds nothing left to do.
 *
 * <p>Lives on one event loop; not thread-safe.
 */
public final class MeterUpkeep {
  private static final Logger LOG = LoggerFactory.getLogger(MeterUpkeep.class);
  private static final Duration PERIOD = Duration.ofMinutes(15);
  private static final long AGAIN_MS = 500;

  private final Vertx vertx;
  private final PgMeterUpkeep counters;
  private Future<Void> backfill = Future.succeededFuture();
  private Future<Void> pruning = Future.succeededFuture();
  private boolean stopped;
  private long timer = -1;

  public MeterUpkeep(Vertx vertx, PgMeterUpkeep counters) {
    this.vertx = vertx;
    this.counters = counters;
  }

  /** Begins, and goes on by itself. */
  public void start() {
    timer = vertx.setPeriodic(1, PERIOD.toMillis(), again -> prune());
    backfill();
  }

  /** Ends it; completed when nothing is under way. */
  public Future<Void> stop() {
    stopped = true;
    vertx.cancelTimer(timer);
    return backfill.eventually(() -> pruning);
  }

  /** Goes on with backfills, unless that is being done already. */
  public void backfill() {
    if (!stopped && backfill.isComplete()) {
      backfill =
          steps()
              .otherwise(
                  failure -> {
                    LOG.warn("earlier events could not be counted now: {}", failure.toString());
                    return null;
                  });
    }
  }

  private Future<Void> steps() {
    return counters
        .backfill()
        .compose(
            step -> {
              if (step == Step.IDLE || stopped) {
                return Future.succeededFuture();
              }
              return step == Step.ADVANCED
                  ? steps()
                  : vertx.timer(AGAIN_MS, TimeUnit.MILLISECONDS).compose(later -> steps());
            });
  }

  private void prune() {
    if (!stopped && pruning.isComplete()) {
      pruning =
          removals()
              .otherwise(
                  failure -> {
                    LOG.warn("old counters could not be removed now: {}", failure.toString());
                    return null;
                  });
    }
  }

  private Future<Void> removals() {
    return counters
        .prune()
        .compose(more -> more && !stopped ? removals() : Future.succeededFuture());
  }
}
