package io.growthbus.entitlements.store;

import static io.growthbus.entitlements.store.PgSubscriptionStore.time;

import io.growthbus.entitlements.core.LedgerPeriod;
import io.growthbus.shared.message.SettleReservation;
import io.growthbus.shared.message.UseEntitlement;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The ledger in PostgreSQL; its rules are functions there, so that each order is one round trip.
 */
public final class PgLedgerStore implements LedgerStore {
  private static final String USE =
      "SELECT * FROM entitlements.ledger_use($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

  private static final String SETTLE = "SELECT * FROM entitlements.ledger_settle($1, $2, $3, $4)";

  private static final String TAKEN =
      "SELECT entitlements.ledger_taken($1, $2, $3, $4, $5) AS taken";

  private static final String FORGET =
      """
      WITH usage AS (
        DELETE FROM entitlements.ledger_usage WHERE (user_id, feature, bucket) IN (
          SELECT user_id, feature, bucket FROM entitlements.ledger_usage
          WHERE bucket > 0 AND bucket < $3 LIMIT 1000 FOR UPDATE SKIP LOCKED)
        RETURNING 1
      ), orders AS (
        DELETE FROM entitlements.ledger_order WHERE id IN (
          SELECT id FROM entitlements.ledger_order
          WHERE ordered_at < $1 AND (state <> 'held' OR held_until <= $2)
          ORDER BY ordered_at LIMIT 1000 FOR UPDATE SKIP LOCKED)
        RETURNING 1
      )
      SELECT (SELECT count(*) FROM usage) + (SELECT count(*) FROM orders) AS gone
      """;

  private final Pool pool;

  public PgLedgerStore(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Future<Ordered> use(
      UseEntitlement order, @Nullable Long limit, boolean soft, LedgerPeriod period, long nowMs) {
    Tuple parameters =
        Tuple.tuple()
            .addString(order.userId())
            .addString(order.key())
            .addString(order.feature())
            .addLong(order.amount())
            .addLong(order.holdMs())
            .addLong(limit)
            .addBoolean(soft)
            .addInteger(period.since())
            .addInteger(period.today())
            .addLong(period.resetsAtMs())
            .addLong(nowMs);
    return pool.preparedQuery(USE).execute(parameters).map(rows -> ordered(rows.iterator().next()));
  }

  @Override
  public Future<Optional<Settled>> settle(SettleReservation order, long nowMs) {
    Tuple parameters =
        Tuple.tuple()
            .addUUID(UUID.fromString(order.reservationId()))
            .addBoolean(order.confirmed())
            .addLong(order.amount())
            .addLong(nowMs);
    return pool.preparedQuery(SETTLE)
        .execute(parameters)
        .map(
            rows ->
                rows.size() == 0 ? Optional.empty() : Optional.of(settled(rows.iterator().next())));
  }

  @Override
  public Future<Long> taken(String userId, String feature, LedgerPeriod period, long nowMs) {
    return pool.preparedQuery(TAKEN)
        .execute(Tuple.of(userId, feature, period.since(), period.today(), nowMs))
        .map(rows -> rows.iterator().next().getLong("taken"));
  }

  @Override
  public Future<Long> forget(long beforeMs, int beforeBucket, long nowMs) {
    return pool.preparedQuery(FORGET)
        .execute(Tuple.of(time(beforeMs), nowMs, beforeBucket))
        .map(rows -> rows.iterator().next().getLong("gone"));
  }

  private static Ordered ordered(Row row) {
    return new Ordered(
        row.getUUID("id").toString(),
        row.getString("feature"),
        row.getLong("amount"),
        row.getLong("hold_ms"),
        row.getBoolean("granted"),
        row.getBoolean("over_limit"),
        row.getLong("limit_then"),
        row.getLong("used_then"),
        row.getLong("resets_at"),
        row.getLong("held_until"));
  }

  private static Settled settled(Row row) {
    return new Settled(
        row.getString("user_id"),
        row.getString("feature"),
        row.getLong("amount"),
        row.getString("state"),
        row.getLong("settled"),
        row.getBoolean("expired"),
        row.getBoolean("done"));
  }
}
