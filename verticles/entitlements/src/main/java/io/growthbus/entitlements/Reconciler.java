package io.growthbus.entitlements;

import io.growthbus.entitlements.provider.SubscriptionSource;
import io.growthbus.entitlements.provider.SubscriptionSource.Page;
import io.growthbus.entitlements.provider.SubscriptionSource.SourceException;
import io.growthbus.entitlements.store.ReconciliationStore;
import io.growthbus.entitlements.store.SubscriptionStore.Delivery;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.ReconciliationRun;
import io.growthbus.shared.message.Reconciliations;
import io.growthbus.shared.message.StartReconciliation;
import io.growthbus.shared.postgres.Postgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Compares the subscriptions with what the billing system says itself, every night and when it is
 * ordered. What differs becomes a delivery of the inbox, where it can be seen, and takes its place
 * in the order of all others: a webhook that is newer wins over it.
 *
 * <p>Lives on one event loop; not thread-safe. One node makes the comparison of a night.
 */
final class Reconciler {
  private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);
  private static final int SHOWN = 50;
  private static final Duration LOOK = Duration.ofMinutes(5);

  private final Vertx vertx;
  private final ReconciliationStore store;
  private final @Nullable SubscriptionSource source;
  private final Function<Delivery, Future<Boolean>> correct;
  private final int hourUtc;
  private final InstantSource clock;
  private Future<Void> running = Future.succeededFuture();
  private boolean stopped;
  private long timer = -1;

  /**
   * @param source null when no billing system can be asked
   * @param correct stores what differs, and says whether it did
   * @param hourUtc hour of the nightly comparison
   */
  Reconciler(
      Vertx vertx,
      ReconciliationStore store,
      @Nullable SubscriptionSource source,
      Function<Delivery, Future<Boolean>> correct,
      int hourUtc,
      InstantSource clock) {
    this.vertx = vertx;
    this.store = store;
    this.source = source;
    this.correct = correct;
    this.hourUtc = hourUtc;
    this.clock = clock;
  }

  /** What a run has done so far. */
  private record Progress(int checked, int corrected) {
    Progress with(boolean correction) {
      return new Progress(checked + 1, corrected + (correction ? 1 : 0));
    }
  }

  /** Begins to look for nights. */
  void start() {
    if (source != null) {
      timer = vertx.setPeriodic(LOOK.toMillis(), tick -> look());
    }
  }

  /** Ends it; completed when nothing is under way. */
  Future<Void> stop() {
    stopped = true;
    vertx.cancelTimer(timer);
    return running;
  }

  /**
   * Makes the comparison of this night, when its hour has come and no node has brought one to its
   * end; one that failed is made again while the hour lasts.
   */
  Future<Void> look() {
    OffsetDateTime now = clock.instant().atOffset(ZoneOffset.UTC);
    LocalDate night = now.toLocalDate();
    if (now.getHour() != hourUtc || !running.isComplete()) {
      return Future.succeededFuture();
    }
    return begin(night)
        .<Void>mapEmpty()
        .onFailure(e -> LOG.warn("the nightly comparison was not begun: {}", Postgres.describe(e)));
  }

  /**
   * Begins a comparison.
   *
   * @return as soon as it is begun; fails with {@code no_source} when the billing system cannot be
   *     asked, {@code already_running}, or the error of PostgreSQL
   */
  Future<ReconciliationRun> order(StartReconciliation order) {
    if (source == null || !source.provider().equals(order.provider())) {
      return Future.failedFuture(
          new RoomException(
              ErrorKind.CONFLICT,
              "no_source",
              "Stripe can be asked when GROWTHBUS_STRIPE_API_KEY is set; no other system can."));
    }
    return begin(null)
        .map(
            begun ->
                begun.orElseThrow(
                    () ->
                        new RoomException(
                            ErrorKind.CONFLICT,
                            "already_running",
                            "A comparison is under way; wait for its end.")))
        .recover(StoreFailures::refusal);
  }

  /** The latest comparisons; fails with the error of PostgreSQL. */
  Future<Reconciliations> latest() {
    return store.latest(SHOWN).map(Reconciliations::new).recover(StoreFailures::refusal);
  }

  private Future<Optional<ReconciliationRun>> begin(@Nullable LocalDate night) {
    SubscriptionSource asked = source;
    if (asked == null) {
      return Future.succeededFuture(Optional.empty());
    }
    return store
        .begin(asked.provider(), night)
        .onSuccess(
            begun -> begun.ifPresent(run -> running = compare(asked, run.id()).otherwiseEmpty()));
  }

  private Future<Void> compare(SubscriptionSource asked, long id) {
    return pages(asked, id, null, new Progress(0, 0))
        .onFailure(
            e -> LOG.warn("the end of comparison {} was not noted: {}", id, Postgres.describe(e)));
  }

  private Future<Void> pages(
      SubscriptionSource asked, long id, @Nullable String next, Progress before) {
    if (stopped) {
      return end(id, before, "the node was stopped");
    }
    // Dated before it is asked, so that nothing that is told meanwhile is taken for older.
    return store
        .now()
        .compose(now -> asked.read(next, now))
        .transform(
            read ->
                read.failed()
                    ? end(id, before, reason(read.cause()))
                    : page(asked, id, read.result(), before));
  }

  private Future<Void> page(SubscriptionSource asked, long id, Page page, Progress before) {
    Future<Progress> compared = Future.succeededFuture(before);
    for (Delivery delivery : page.subscriptions()) {
      compared = compared.compose(so -> correct.apply(delivery).map(so::with));
    }
    return compared.transform(
        done -> {
          if (done.failed()) {
            return end(id, before, reason(done.cause()));
          }
          Progress now = done.result();
          return page.next() == null
              ? end(id, now, null)
              // That it is noted is for who looks on; the comparison does not depend on it.
              : store
                  .progress(id, now.checked(), now.corrected())
                  .transform(noted -> pages(asked, id, page.next(), now));
        });
  }

  private Future<Void> end(long id, Progress so, @Nullable String failure) {
    LOG.atLevel(failure == null ? Level.INFO : Level.WARN)
        .log(
            "comparison {}: {} subscriptions, {} corrected, {}",
            id,
            so.checked(),
            so.corrected(),
            failure == null ? "to its end" : failure);
    return store.end(id, so.checked(), so.corrected(), failure);
  }

  private static String reason(Throwable failure) {
    return failure instanceof SourceException || failure instanceof RoomException
        ? String.valueOf(failure.getMessage())
        : "PostgreSQL: " + Postgres.describe(failure);
  }
}
