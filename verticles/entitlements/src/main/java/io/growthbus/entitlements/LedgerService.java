package io.growthbus.entitlements;

import io.growthbus.entitlements.core.Checks;
import io.growthbus.entitlements.core.LedgerPeriod;
import io.growthbus.entitlements.store.LedgerStore;
import io.growthbus.entitlements.store.LedgerStore.Ordered;
import io.growthbus.entitlements.store.LedgerStore.Settled;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.Catalogue.LimitRule;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.config.GrowthConfig.MeterPeriod;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import io.growthbus.shared.message.EntitlementUsed;
import io.growthbus.shared.message.EntitlementVerdict.Unlock;
import io.growthbus.shared.message.ReservationSettled;
import io.growthbus.shared.message.ResolveEntitlement;
import io.growthbus.shared.message.SettleReservation;
import io.growthbus.shared.message.UseEntitlement;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Uses up limits that no meter counts, each order once. While the entitlement is a guess or
 * PostgreSQL is down nothing is decided: a refusal could be wrong, and what is granted without
 * being written down is lost.
 */
final class LedgerService {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerService.class);
  private static final int RETRIES = 2;
  private static final long SHORTEST_HOLD_MS = 1_000;

  /**
   * Less than {@link Channels#USE_ENTITLEMENT} and {@link Channels#SETTLE_RESERVATION} wait:
   * whoever has ordered hears of it, and nothing is tried for somebody who is gone.
   */
  static final Duration PATIENCE = Duration.ofSeconds(7);

  /** How long a key is recognised, as long as the id of an event. */
  private static final Duration REMEMBERED = Duration.ofDays(35);

  private static final Pattern UUID_TEXT =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  private final LedgerStore store;
  private final EntitlementsService entitlements;
  private final Live<GrowthConfig> config;
  private final InstantSource clock;
  private final Function<String, Future<Boolean>> keptOut;
  private final Duration patience;

  /**
   * @param keptOut whether a user is kept out after an erasure; fails with the error of PostgreSQL
   * @param patience how long whoever orders waits, repetitions included
   */
  LedgerService(
      LedgerStore store,
      EntitlementsService entitlements,
      Live<GrowthConfig> config,
      InstantSource clock,
      Function<String, Future<Boolean>> keptOut,
      Duration patience) {
    this.store = store;
    this.entitlements = entitlements;
    this.config = config;
    this.clock = clock;
    this.keptOut = keptOut;
    this.patience = patience;
  }

  /**
   * Uses or holds an amount.
   *
   * @return after the commit, granted or not; fails with {@link RoomException} {@code
   *     invalid_order}, {@code unknown_feature}, {@code limit_is_metered}, {@code key_reused},
   *     {@code user_suppressed}, or {@code store_unavailable} when the same has to be sent again
   */
  Future<EntitlementUsed> use(UseEntitlement order) {
    if (!isValid(order)) {
      return refuse(
          ErrorKind.INVALID,
          "invalid_order",
          "An order has a user, a feature and a key of 1 to 128 characters, an amount of 1 to "
              + UseEntitlement.MOST
              + ", and is held for 1 second to 30 days.");
    }
    Deadline deadline = new Deadline(patience);
    return Suppressed.refuse(keptOut, order.userId())
        .compose(in -> entitlements.resolve(new ResolveEntitlement(order.userId())))
        .compose(entitlement -> use(order, entitlement, deadline))
        .timeout(deadline.leftMs(), TimeUnit.MILLISECONDS)
        .recover(StoreFailures::refusal);
  }

  private static boolean isValid(UseEntitlement order) {
    Long hold = order.holdMs();
    return isName(order.feature())
        && isName(order.key())
        && !order.userId().isEmpty()
        && order.amount() >= 1
        && order.amount() <= UseEntitlement.MOST
        && (hold == null || (hold >= SHORTEST_HOLD_MS && hold <= UseEntitlement.LONGEST_HOLD_MS));
  }

  private static boolean isName(String text) {
    return !text.isEmpty() && text.length() <= UseEntitlement.LONGEST_NAME;
  }

  private Future<EntitlementUsed> use(
      UseEntitlement order, Entitlement entitlement, Deadline deadline) {
    Entitlements rules = config.get().entitlements();
    String feature = order.feature();
    if (config.get().meters().stream().anyMatch(meter -> meter.key().equals(feature))) {
      return refuse(
          ErrorKind.CONFLICT,
          "limit_is_metered",
          "A meter counts this limit from events; send the events instead.");
    }
    if (!Checks.isLimit(feature, entitlement, rules)) {
      return refuse(ErrorKind.NOT_FOUND, "unknown_feature", "No tier has a limit of this name.");
    }
    if (entitlement.state() == State.FALLBACK) {
      return refuse(
          ErrorKind.UNAVAILABLE,
          "store_unavailable",
          "The limit of the user cannot be read now; send the same again.");
    }
    boolean unlimited = entitlement.unlimited().contains(feature);
    Long limit = unlimited ? null : Long.valueOf(entitlement.limits().getOrDefault(feature, 0L));
    boolean included = unlimited || entitlement.limits().containsKey(feature);
    LimitRule rule = rules.catalogue().limit(feature);
    long now = clock.millis();
    LedgerPeriod period = LedgerPeriod.at(rule.period(), now);
    return repeated(
            () -> store.use(order, limit, included && rule.soft(), period, now), deadline, 0)
        .map(ordered -> answer(order, ordered, entitlement, rules));
  }

  private static EntitlementUsed answer(
      UseEntitlement order, Ordered ordered, Entitlement entitlement, Entitlements rules) {
    if (!ordered.feature().equals(order.feature())
        || ordered.amount() != order.amount()
        || !Objects.equals(ordered.holdMs(), order.holdMs())) {
      throw new RoomException(
          ErrorKind.CONFLICT,
          "key_reused",
          "An earlier order of this key asked for something else.");
    }
    Long limit = ordered.limitThen();
    Unlock unlock =
        ordered.granted()
            ? null
            : Checks.unlockFor(
                    order.feature(), order.amount(), ordered.usedThen(), entitlement, rules)
                .orElse(null);
    return new EntitlementUsed(
        order.userId(),
        order.feature(),
        ordered.granted(),
        order.amount(),
        limit,
        ordered.usedThen(),
        limit == null ? null : Long.valueOf(Math.max(0, limit - ordered.usedThen())),
        ordered.resetsAtMs(),
        ordered.overLimit(),
        ordered.heldUntilMs() == null ? null : ordered.id(),
        ordered.heldUntilMs(),
        unlock);
  }

  /**
   * Confirms what is held, or gives it back.
   *
   * @return after the commit; fails with {@link RoomException} {@code unknown_reservation}, {@code
   *     reservation_expired}, {@code reservation_settled}, {@code amount_exceeds_reservation}, or
   *     {@code store_unavailable} when the same has to be sent again
   */
  Future<ReservationSettled> settle(SettleReservation order) {
    if (!UUID_TEXT.matcher(order.reservationId()).matches()) {
      return refuse(ErrorKind.NOT_FOUND, "unknown_reservation", "There is no such reservation.");
    }
    Long amount = order.amount();
    if (amount != null && (amount < 0 || amount > UseEntitlement.MOST || !order.confirmed())) {
      return refuse(
          ErrorKind.INVALID,
          "invalid_order",
          "The amount says how much was used: 0 up to what is held, when it is confirmed.");
    }
    Deadline deadline = new Deadline(patience);
    return repeated(() -> store.settle(order, clock.millis()), deadline, 0)
        .timeout(deadline.leftMs(), TimeUnit.MILLISECONDS)
        .map(
            found ->
                settled(
                    order,
                    found.orElseThrow(
                        () ->
                            new RoomException(
                                ErrorKind.NOT_FOUND,
                                "unknown_reservation",
                                "There is no such reservation."))))
        .recover(StoreFailures::refusal);
  }

  private static ReservationSettled settled(SettleReservation order, Settled found) {
    Long settled = found.settled();
    if (found.done() && settled != null) {
      return new ReservationSettled(
          order.reservationId(), found.userId(), found.feature(), found.state(), settled);
    }
    if (!found.state().equals("held")) {
      throw new RoomException(
          ErrorKind.CONFLICT, "reservation_settled", "It was settled in another way before.");
    }
    if (found.expired()) {
      throw new RoomException(
          ErrorKind.CONFLICT,
          "reservation_expired",
          "It was given back when its time was over; use the amount by an order of its own.");
    }
    throw new RoomException(
        ErrorKind.CONFLICT,
        "amount_exceeds_reservation",
        "Less is held; confirm that, and use the rest by an order of its own.");
  }

  /** Forgets what is old; what goes wrong is tried again the next time. Never fails. */
  Future<Void> forget() {
    long now = clock.millis();
    int bucket = LedgerPeriod.at(new MeterPeriod(2 * MeterPeriod.LONGEST), now).since();
    return store
        .forget(now - REMEMBERED.toMillis(), bucket, now)
        .compose(gone -> gone > 0 ? forget() : Future.<Void>succeededFuture())
        .recover(
            failure -> {
              LOG.info("old orders are forgotten later: {}", Postgres.describe(failure));
              return Future.succeededFuture();
            });
  }

  /** How long whoever has ordered still waits. */
  private static final class Deadline {
    private final long endNanos;

    Deadline(Duration wait) {
      endNanos = System.nanoTime() + wait.toNanos();
    }

    /** At least 1. */
    long leftMs() {
      return Math.max(1, TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime()));
    }

    boolean isOver() {
      return endNanos - System.nanoTime() <= 0;
    }
  }

  private static <T> Future<T> repeated(Supplier<Future<T>> order, Deadline deadline, int attempt) {
    return order
        .get()
        .recover(
            failure ->
                Postgres.isTransient(failure) && attempt < RETRIES && !deadline.isOver()
                    ? repeated(order, deadline, attempt + 1)
                    : Future.failedFuture(failure));
  }

  private static <T> Future<T> refuse(ErrorKind kind, String code, String message) {
    return Future.failedFuture(new RoomException(kind, code, message));
  }
}
