package io.growthbus.flags;

import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.postgres.Postgres;
import io.vertx.core.Future;

/** What a caller is told when PostgreSQL does not do its part. */
final class StoreFailures {
  private StoreFailures() {}

  /** {@code store_unavailable} for what may succeed later, any other failure as it is. */
  static <T> Future<T> refusal(Throwable failure) {
    return Future.failedFuture(
        Postgres.isTransient(failure)
            ? new RoomException(
                ErrorKind.UNAVAILABLE,
                "store_unavailable",
                "What is stored of flags cannot be read now; try again.")
            : failure);
  }
}
