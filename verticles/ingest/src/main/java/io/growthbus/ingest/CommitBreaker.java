package io.growthbus.ingest;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether it makes sense to try a commit.
 *
 * <p>Closed, everyone may try. After {@value #FAILURES} failures without a success in between it
 * opens: nobody tries, and the database is asked after a pause with jitter whether it is back. It
 * asks by itself, because a node whose readiness is red has no senders who could try. When it
 * answers, the breaker is half open: one commit is the trial, and its end closes or opens it.
 *
 * <p>Lives on one event loop, except {@link #warning()}.
 */
final class CommitBreaker {
  static final int FAILURES = 5;

  private static final Logger LOG = LoggerFactory.getLogger(CommitBreaker.class);
  private static final long PAUSE_MS = 500;
  private static final long PROBE_LIMIT_MS = 2_000;
  private static final Duration TOLERANCE = Duration.ofSeconds(10);

  private enum State {
    CLOSED,
    OPEN,
    HALF_OPEN
  }

  private final Vertx vertx;
  private final Supplier<? extends Future<?>> probe;
  private final LongSupplier nanoTime;
  private final Runnable changed;
  private volatile State state = State.CLOSED;
  private volatile long downSinceNanos;
  private int failures;
  private boolean trialUnderWay;
  private boolean ended;

  /**
   * @param probe asks the database anything; its failure means that it is not back
   * @param nanoTime a clock that only goes forward, as {@link System#nanoTime()}
   * @param changed hears that trying makes sense again, or no longer
   */
  CommitBreaker(
      Vertx vertx, Supplier<? extends Future<?>> probe, LongSupplier nanoTime, Runnable changed) {
    this.vertx = vertx;
    this.probe = probe;
    this.nanoTime = nanoTime;
    this.changed = changed;
  }

  /** Whether who comes now is told at once to come again. */
  boolean isOpen() {
    return state == State.OPEN;
  }

  /** Whether a failed commit may be repeated. */
  boolean isClosed() {
    return state == State.CLOSED;
  }

  /** Whether a commit may begin; the one that does is the trial when half open. */
  boolean mayBegin() {
    return state == State.CLOSED || (state == State.HALF_OPEN && !trialUnderWay);
  }

  /** A commit begins. */
  void begun() {
    trialUnderWay = state == State.HALF_OPEN;
  }

  /** The database did its work, whatever it said of the values. */
  void succeeded() {
    failures = 0;
    if (state != State.CLOSED) {
      LOG.info("PostgreSQL takes events again");
      state = State.CLOSED;
      changed.run();
    }
  }

  /** The database did not do its work. */
  void failed() {
    failures++;
    if (state == State.HALF_OPEN || failures >= FAILURES) {
      open();
    }
  }

  /** The database does not answer at all. */
  void open() {
    if (state == State.OPEN || ended) {
      return;
    }
    if (state == State.CLOSED) {
      downSinceNanos = nanoTime.getAsLong();
      LOG.warn("PostgreSQL takes no events; senders are told to repeat until it does");
    }
    state = State.OPEN;
    probeLater();
    changed.run();
  }

  /** Ends the probing. */
  void end() {
    ended = true;
  }

  /** Says so when no commit was possible for more than ten seconds; from any thread. */
  Optional<String> warning() {
    long down = nanoTime.getAsLong() - downSinceNanos;
    return state == State.OPEN && down > TOLERANCE.toNanos()
        ? Optional.of(
            "PostgreSQL has taken no events for " + TimeUnit.NANOSECONDS.toSeconds(down) + " s")
        : Optional.empty();
  }

  private void probeLater() {
    long pause = PAUSE_MS + ThreadLocalRandom.current().nextLong(PAUSE_MS);
    vertx
        .timer(pause, TimeUnit.MILLISECONDS)
        .compose(later -> ended ? Future.succeededFuture() : ask())
        .onComplete(back -> halfOpen(), stillAway -> probeLater());
  }

  private Future<?> ask() {
    return state == State.OPEN
        ? probe.get().timeout(PROBE_LIMIT_MS, TimeUnit.MILLISECONDS)
        : Future.succeededFuture();
  }

  private void halfOpen() {
    if (state == State.OPEN && !ended) {
      state = State.HALF_OPEN;
      trialUnderWay = false;
      changed.run();
    }
  }
}
