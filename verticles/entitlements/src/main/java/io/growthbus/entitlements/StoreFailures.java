package io.growthbus.entitlements;

import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.postgres.Postgres;
import io.vertx.core.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a failure of PostgreSQL means to whoever gave the order. */
final class StoreFailures {
  private static final Logger LOG = LoggerFactory.getLogger(StoreFailures.class);

  private StoreFailures() {}

  /**
   * The failure as an answer: {@link RoomException} as it is, {@code store_unavailable} when the
   * same may succeed later, {@code invalid_text} for a value that PostgreSQL refuses, any other as
   * it is.
   */
  static <T> Future<T> refusal(Throwable failure) {
    if (Postgres.isTransient(failure)) {
      LOG.warn("an order could not be carried out: {}", Postgres.describe(failure));
      return Future.failedFuture(
          new RoomException(
              ErrorKind.UNAVAILABLE,
              "store_unavailable",
              "Not done for certain; send the same again."));
    }
    return Future.failedFuture(
        Postgres.isPoison(failure)
            ? new RoomException(
                ErrorKind.INVALID, "invalid_text", "The database refuses a value of the order.")
            : failure);
  }
}
