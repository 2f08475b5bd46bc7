package io.growthbus.bench.entitlements;

import io.growthbus.entitlements.store.SubscriptionStore;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/** A store that knows of every user at once and takes nothing. */
final class KnownSubscriptions implements SubscriptionStore {
  @Override
  public Future<UserSubscriptions> ofUser(String userId) {
    return Future.succeededFuture(new UserSubscriptions(List.of(), 1));
  }

  @Override
  public Future<UserSubscriptions> ofUserAt(String userId, long atMs) {
    return ofUser(userId);
  }

  @Override
  public Future<Received> receive(Delivery delivery, DeliveryReader reader) {
    return refused();
  }

  @Override
  public Future<Optional<Received>> reapply(
      String provider, String eventId, DeliveryReader reader) {
    return refused();
  }

  @Override
  public Future<Optional<Received>> correct(Delivery delivery, DeliveryReader reader) {
    return refused();
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }

  private static <T> Future<T> refused() {
    return Future.failedFuture(new UnsupportedOperationException("it is read only"));
  }
}
