package io.growthbus.ingest;

import io.growthbus.ingest.store.PgErasureOrders;
import io.growthbus.ingest.store.PgErasureOrders.Order;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.erasure.Suppression;
import io.growthbus.shared.message.EraseUser;
import io.growthbus.shared.message.ErasureOrdered;
import io.growthbus.shared.message.ErasureStatus;
import io.growthbus.shared.message.ReadErasure;
import io.growthbus.shared.postgres.Postgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** The use cases of erasure: order it, say how far it is. */
final class ErasureService {
  private static final int LONGEST_ID = 200;
  private static final int TRIES = 20;
  private static final long PAUSE_MS = 100;
  private static final Pattern UUID_TEXT =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  private final Vertx vertx;
  private final Bus bus;
  private final PgErasureOrders orders;
  private final Suppression suppression;
  private final Duration settle;

  /**
   * @param settle how long a node may go on storing what it took before it learned of an order
   */
  ErasureService(
      Vertx vertx, Bus bus, PgErasureOrders orders, Suppression suppression, Duration settle) {
    this.vertx = vertx;
    this.bus = bus;
    this.orders = orders;
    this.suppression = suppression;
    this.settle = settle;
  }

  /**
   * Orders the erasure of a user. An order that can be completed soon, because the user has been
   * kept out for long, is waited for two seconds.
   *
   * @return how far it is, after the commit; fails with {@link RoomException} {@code
   *     invalid_user_id} or {@code store_unavailable}
   */
  Future<ErasureStatus> erase(EraseUser order) {
    String user = order.userId();
    if (user.isEmpty() || user.length() > LONGEST_ID || user.indexOf(0) >= 0) {
      return Future.failedFuture(
          new RoomException(
              ErrorKind.INVALID,
              "invalid_user_id",
              "A user id has 1 to " + LONGEST_ID + " characters, none of them NUL."));
    }
    return orders
        .order(user, suppression.hashOf(user), order.suppress(), settle)
        .onSuccess(
            id ->
                bus.publish(
                    Channels.ERASURE_ORDERED,
                    new ErasureOrdered(id.toString(), user, order.suppress())))
        .compose(id -> settledSoon(id, TRIES))
        .map(Order::status)
        .recover(ErasureService::unavailable);
  }

  /**
   * How far an order is; fails with {@link RoomException} {@code unknown_erasure} or {@code
   * store_unavailable}.
   */
  Future<ErasureStatus> read(ReadErasure question) {
    return UUID_TEXT.matcher(question.orderId()).matches()
        ? find(UUID.fromString(question.orderId()))
            .map(Order::status)
            .recover(ErasureService::unavailable)
        : Future.failedFuture(unknown());
  }

  private Future<Order> settledSoon(UUID id, int tries) {
    return find(id)
        .compose(
            order ->
                order.settled() && order.status().completedAtMs() == null && tries > 0
                    ? vertx
                        .timer(PAUSE_MS, TimeUnit.MILLISECONDS)
                        .compose(later -> settledSoon(id, tries - 1))
                    : Future.succeededFuture(order));
  }

  private Future<Order> find(UUID id) {
    return orders
        .read(id)
        .compose(
            found ->
                found.map(Future::succeededFuture).orElseGet(() -> Future.failedFuture(unknown())));
  }

  private static RoomException unknown() {
    return new RoomException(
        ErrorKind.NOT_FOUND, "unknown_erasure", "There is no erasure with this id.");
  }

  private static <T> Future<T> unavailable(Throwable failure) {
    return Future.failedFuture(
        Postgres.isTransient(failure)
            ? new RoomException(
                ErrorKind.UNAVAILABLE,
                "store_unavailable",
                "The order could not be stored or read for certain; try again.")
            : failure);
  }
}
