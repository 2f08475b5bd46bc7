package io.growthbus.entitlements.store;

import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.entitlements.core.Overrides.Said;
import io.growthbus.entitlements.core.Subscription;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Where deliveries of billing systems, and the subscriptions derived from them, are kept. */
public interface SubscriptionStore {

  /**
   * A verified delivery.
   *
   * @param payload JSON text as it came
   * @param receivedAtMs ms since the epoch
   */
  record Delivery(
      String provider, BillingEvent event, String type, String payload, long receivedAtMs) {}

  /**
   * What a delivery did.
   *
   * @param outcome {@code applied}, {@code duplicate}, {@code superseded}, {@code unlinked} or
   *     {@code ignored}
   * @param revisions users whose caches must look again, with their revision
   */
  record Received(String outcome, Map<String, Long> revisions) {}

  /**
   * What is known of a user.
   *
   * @param revision 0 when nothing was ever reported
   * @param said what operators say of the user and of the user's accounts
   */
  record UserSubscriptions(List<Subscription> subscriptions, long revision, Said said) {
    /** What billing knows, when nobody else has said anything. */
    public UserSubscriptions(List<Subscription> subscriptions, long revision) {
      this(subscriptions, revision, Said.NOTHING);
    }
  }

  /**
   * Stores the delivery and everything that follows from it, in one transaction.
   *
   * @param reader reads a stored payload
   * @return completed after the commit; fails with the error of PostgreSQL, and nothing is stored
   *     then
   */
  Future<Received> receive(Delivery delivery, Function<String, Optional<BillingEvent>> reader);

  /** What is known of a user; fails with the error of PostgreSQL. */
  Future<UserSubscriptions> ofUser(String userId);

  /** Closes the connections. */
  Future<Void> close();
}
