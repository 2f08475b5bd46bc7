package io.growthbus.ingest;

import io.growthbus.ingest.store.PgPartitions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the storage ready for the days ahead and free of what is past: partitions are added before
 * they are needed, and dropped when their last event is older than the retention, or their ids can
 * meet no repetition any more.
 *
 * <p>Every node does this; who comes second finds nothing left to do. Days are those of UTC, by the
 * clock of PostgreSQL, so that no node with a wrong clock drops anything.
 *
 * <p>Lives on one event loop; not thread-safe.
 */
final class StorageUpkeep {
  /** How many days ahead there is room. */
  static final int DAYS_AHEAD = 7;

  private static final Logger LOG = LoggerFactory.getLogger(StorageUpkeep.class);
  private static final Duration PERIOD = Duration.ofMinutes(15);

  private final Vertx vertx;
  private final PgPartitions partitions;
  private final Duration retention;
  private final Supplier<Future<Instant>> clock;
  private final Function<Instant, Future<Void>> further;
  private Future<Void> running = Future.succeededFuture();
  private long timer = -1;

  /**
   * @param retention how long events are kept; zero = for ever
   * @param clock the time now
   */
  StorageUpkeep(
      Vertx vertx, PgPartitions partitions, Duration retention, Supplier<Future<Instant>> clock) {
    this(vertx, partitions, retention, clock, now -> Future.succeededFuture());
  }

  /**
   * As above.
   *
   * @param further drops what else is past by a time
   */
  StorageUpkeep(
      Vertx vertx,
      PgPartitions partitions,
      Duration retention,
      Supplier<Future<Instant>> clock,
      Function<Instant, Future<Void>> further) {
    this.further = further;
    this.vertx = vertx;
    this.partitions = partitions;
    this.retention = retention;
    this.clock = clock;
  }

  /** Makes room for the days ahead and goes on by itself; fails with the error of PostgreSQL. */
  Future<Void> start() {
    return clock
        .get()
        .compose(now -> addDays(day(now)))
        .onSuccess(
            ready -> {
              timer = vertx.setPeriodic(1, PERIOD.toMillis(), again -> runUnlessRunning());
            });
  }

  /** Ends it; completed when nothing is under way. */
  Future<Void> stop() {
    vertx.cancelTimer(timer);
    return running;
  }

  private void runUnlessRunning() {
    if (running.isComplete()) {
      running =
          run()
              .otherwise(
                  failure -> {
                    LOG.warn("the storage could not be kept up now: {}", failure.toString());
                    return null;
                  });
    }
  }

  /** One round; fails with the error of PostgreSQL, and the next round does the rest. */
  Future<Void> run() {
    return clock
        .get()
        .compose(
            now ->
                addDays(day(now))
                    .compose(added -> dropAll(() -> partitions.dropPeriodUnusedOn(day(now))))
                    .compose(dropped -> dropEvents(now))
                    .compose(dropped -> further.apply(now)));
  }

  private Future<Void> addDays(LocalDate today) {
    // The day before is for nodes whose clock is a little behind.
    Future<Void> added = partitions.addDay(today.minusDays(1));
    for (int ahead = 0; ahead <= DAYS_AHEAD; ahead++) {
      LocalDate day = today.plusDays(ahead);
      added = added.compose(before -> partitions.addDay(day));
    }
    return added;
  }

  private Future<Void> dropEvents(Instant now) {
    return retention.isZero()
        ? Future.succeededFuture()
        : dropAll(() -> partitions.dropDayBefore(day(now.minus(retention))));
  }

  private Future<Void> dropAll(Supplier<Future<Optional<String>>> drop) {
    return drop.get()
        .compose(
            dropped -> {
              dropped.ifPresent(name -> LOG.info("dropped {}, which is past its time", name));
              return dropped.isPresent() ? dropAll(drop) : Future.succeededFuture();
            });
  }

  private static LocalDate day(Instant time) {
    return LocalDate.ofInstant(time, ZoneOffset.UTC);
  }
}
