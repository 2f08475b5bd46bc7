package io.growthbus.ingest.store;

import io.growthbus.shared.message.ErasureStatus;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** The orders to erase users. Every future fails with the error of PostgreSQL. */
public final class PgErasureOrders {
  private static final String ORDER =
      "SELECT growth.order_erasure($1, $2, $3, $4::int8 * interval '1 millisecond') AS id";

  private static final String READ =
      """
      SELECT o.id, (extract(epoch FROM o.requested_at) * 1000)::int8 AS requested_ms,
             (extract(epoch FROM o.completed_at) * 1000)::int8 AS completed_ms,
             o.suppress, o.settled_at <= clock_timestamp() AS settled,
             p.room, (extract(epoch FROM p.erased_at) * 1000)::int8 AS erased_ms
      FROM growth.erasure_order o LEFT JOIN growth.erasure_part p ON p.order_id = o.id AND p.erased_at IS NOT NULL
      WHERE o.id = $1
      """;

  private static final String SUPPRESS_WITH = "SELECT growth.suppress_with($1, $2)::text";

  private final Pool pool;

  public PgErasureOrders(Pool pool) {
    this.pool = pool;
  }

  /**
   * An order.
   *
   * @param settled whether what a room erases now stays erased
   */
  public record Order(ErasureStatus status, boolean suppress, boolean settled) {}

  /**
   * Orders an erasure, or finds the open order for the same user.
   *
   * @param settle how long a node may go on storing what it took before it learned of it
   * @return the id of the order, after the commit
   */
  public Future<UUID> order(String userId, UUID hash, boolean suppress, Duration settle) {
    return pool.preparedQuery(ORDER)
        .execute(Tuple.of(userId, hash, suppress, settle.toMillis()))
        .map(rows -> rows.iterator().next().getUUID("id"));
  }

  /** How far an order is; empty when there is none. */
  public Future<Optional<Order>> read(UUID orderId) {
    return pool.preparedQuery(READ).execute(Tuple.of(orderId)).map(PgErasureOrders::order);
  }

  /** Keeps out what belongs to the user of an open order as well. */
  Future<Void> suppressWith(UUID orderId, UUID[] hashes) {
    return pool.preparedQuery(SUPPRESS_WITH)
        .execute(Tuple.of(orderId).addArrayOfUUID(hashes))
        .mapEmpty();
  }

  private static Optional<Order> order(RowSet<Row> rows) {
    Map<String, Long> erased = new TreeMap<>();
    Optional<Order> order = Optional.empty();
    for (Row row : rows) {
      if (row.getString("room") != null) {
        erased.put(row.getString("room"), row.getLong("erased_ms"));
      }
      order =
          Optional.of(
              new Order(
                  new ErasureStatus(
                      row.getUUID("id").toString(),
                      row.getLong("requested_ms"),
                      row.getLong("completed_ms"),
                      erased),
                  row.getBoolean("suppress"),
                  row.getBoolean("settled")));
    }
    return order;
  }
}
