package io.growthbus.entitlements.store;

import io.growthbus.entitlements.core.LedgerPeriod;
import io.growthbus.shared.message.SettleReservation;
import io.growthbus.shared.message.UseEntitlement;
import io.vertx.core.Future;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The ledger: what was used of limits that no meter counts. Every operation is one statement, which
 * is applied whole or not at all, and may be repeated.
 */
public interface LedgerStore {

  /**
   * An order as it was answered first.
   *
   * @param usedThen how much was used and held after it
   * @param limitThen the limit at that time, null for none
   * @param heldUntilMs until when it is held, ms since the epoch; null when it is not
   */
  record Ordered(
      String id,
      String feature,
      long amount,
      @Nullable Long holdMs,
      boolean granted,
      boolean overLimit,
      @Nullable Long limitThen,
      long usedThen,
      @Nullable Long resetsAtMs,
      @Nullable Long heldUntilMs) {}

  /**
   * A reservation after an order to settle it.
   *
   * @param amount how much is or was held
   * @param state {@code held}, {@code confirmed} or {@code released}
   * @param settled how much was used; null while it is held
   * @param expired whether the time for settling is over
   * @param done whether it is as it was ordered, by this order or an earlier one
   */
  record Settled(
      String userId,
      String feature,
      long amount,
      String state,
      @Nullable Long settled,
      boolean expired,
      boolean done) {}

  /**
   * Uses or holds an amount, if it fits or the limit is soft.
   *
   * @param limit the limit, null for none
   * @param soft whether what goes beyond it is granted and marked
   * @param nowMs the moment, ms since the epoch
   * @return after the commit, the order of that key, which may be an earlier one that asked for
   *     something else; fails with the error of PostgreSQL
   */
  Future<Ordered> use(
      UseEntitlement order, @Nullable Long limit, boolean soft, LedgerPeriod period, long nowMs);

  /**
   * Confirms what is held, or gives it back.
   *
   * @return after the commit; empty when there is no such reservation; fails with the error of
   *     PostgreSQL
   */
  Future<Optional<Settled>> settle(SettleReservation order, long nowMs);

  /** How much is used and held in a period; fails with the error of PostgreSQL. */
  Future<Long> taken(String userId, String feature, LedgerPeriod period, long nowMs);

  /**
   * Forgets some of what is old: orders from before {@code beforeMs} that hold nothing, whose keys
   * can be used anew, and what was used in buckets before {@code beforeBucket}.
   *
   * @return how many rows, 0 when there are no more; fails with the error of PostgreSQL
   */
  Future<Long> forget(long beforeMs, int beforeBucket, long nowMs);
}
