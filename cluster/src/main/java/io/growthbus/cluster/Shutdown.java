package io.growthbus.cluster;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens on SIGTERM and SIGINT: the work is ended in order, within a time limit, and the
 * process exits with 0 instead of the 143 that a JVM would give.
 */
final class Shutdown {
  private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);

  private final Duration limit;
  private final Runnable work;
  private final Thread hook;

  Shutdown(Duration limit, Runnable work) {
    this.limit = limit;
    this.work = work;
    this.hook = new Thread(this::run, "shutdown");
  }

  void install() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** A start that failed has its own exit code. */
  void cancel() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      LOG.debug("the process is ending already", e);
    }
  }

  private void run() {
    try {
      CompletableFuture.runAsync(work).get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (java.util.concurrent.ExecutionException e) {
      LOG.error("the stop failed", e.getCause());
    } catch (java.util.concurrent.TimeoutException e) {
      LOG.error("the stop took longer than {}; ending anyway", limit);
    }
    Runtime.getRuntime().halt(ExitCodes.DONE);
  }
}
