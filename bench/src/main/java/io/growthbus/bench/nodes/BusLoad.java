package io.growthbus.bench.nodes;

import io.growthbus.bench.ingest.LatencyHistogram;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Questions over the bus, each asked when the one before it is answered. For one event loop. */
public final class BusLoad {
  private static final int SLACK_S = 30;

  private final Supplier<Future<?>> question;
  private final LatencyHistogram latencies = new LatencyHistogram();
  private final Promise<Void> over = Promise.promise();
  private final long measuredFrom;
  private final long ends;
  private long answered;
  private long failures;
  private @Nullable Throwable lastFailure;
  private int underWay;

  private BusLoad(Supplier<Future<?>> question, Duration ramp, Duration window) {
    this.question = question;
    this.measuredFrom = System.nanoTime() + ramp.toNanos();
    this.ends = measuredFrom + window.toNanos();
  }

  /**
   * What came of it.
   *
   * @param perSecond answers within the window
   * @param failures questions that were answered with a failure or not at all
   */
  public record Result(
      double perSecond,
      double p50Ms,
      double p99Ms,
      long failures,
      @Nullable Throwable lastFailure) {}

  /** Asks, with so many questions under way, and waits for the last answer. */
  public static Result run(
      Vertx vertx, int inFlight, Duration ramp, Duration window, Supplier<Future<?>> question)
      throws Exception {
    BusLoad load = new BusLoad(question, ramp, window);
    load.underWay = inFlight;
    vertx.runOnContext(
        start -> {
          for (int i = 0; i < inFlight; i++) {
            load.ask();
          }
        });
    load.over.future().await(ramp.plus(window).toSeconds() + SLACK_S, TimeUnit.SECONDS);
    return new Result(
        load.answered * 1e9 / window.toNanos(),
        load.latencies.percentileMs(0.50),
        load.latencies.percentileMs(0.99),
        load.failures,
        load.lastFailure);
  }

  private void ask() {
    long asked = System.nanoTime();
    question
        .get()
        .onComplete(
            answer -> {
              long now = System.nanoTime();
              if (answer.failed()) {
                failures++;
                lastFailure = answer.cause();
              } else if (asked >= measuredFrom && now < ends) {
                answered++;
                latencies.record(now - asked);
              }
              if (now < ends) {
                ask();
              } else if (--underWay == 0) {
                over.complete();
              }
            });
  }
}
