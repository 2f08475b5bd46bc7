package io.growthbus.cluster;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries, in a thread of its own, to end a start for which the database was down: about every
 * second, until it succeeds or the node stops.
 */
final class DatabaseWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseWatch.class);
  private static final long PAUSE_MS = 800;
  private static final long JITTER_MS = 400;
  private static final int LOGGED_EVERY = 60;
  private static final Duration STOP = Duration.ofSeconds(15);

  private final Runnable attempt;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "database-watch");

  /**
   * @param attempt does the rest of the start; throws {@link StartException} when it cannot
   */
  DatabaseWatch(Runnable attempt) {
    this.attempt = attempt;
  }

  void start() {
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    try {
      for (int tries = 1; !pause(); tries++) {
        if (succeeds(tries % LOGGED_EVERY == 1)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the node stops meanwhile. */
  private boolean pause() throws InterruptedException {
    long jitter = ThreadLocalRandom.current().nextLong(JITTER_MS);
    return stopped.await(PAUSE_MS + jitter, TimeUnit.MILLISECONDS);
  }

  private boolean succeeds(boolean logged) {
    try {
      attempt.run();
      return true;
    } catch (StartException e) {
      if (logged || !e.isDatabaseDown()) {
        LOG.warn("the start waits for its database: {}", e.getMessage());
      }
    } catch (RuntimeException e) {
      LOG.error("the start could not be ended and will be tried again", e);
    }
    return false;
  }

  /** Ends the attempts; waits for one that is under way. */
  @Override
  public void close() {
    stopped.countDown();
    thread.interrupt();
    try {
      thread.join(STOP.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
