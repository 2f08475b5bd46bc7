package io.growthbus.entitlements.store;

import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.entitlements.core.Overrides.Said;
import io.growthbus.entitlements.core.Subscription;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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
   * @param outcome {@code applied}, {@code duplicate}, {@code superseded}, {@code unlinked}, {@code
   *     ignored}, {@code incomplete} or {@code unsupported}
   * @param revisions users whose caches must look again, with their revision
   */
  record Received(String outcome, Map<String, Long> revisions) {}

  /**
   * What is known of a user.
   *
   * @param subscriptions the user's own and those of the user's accounts
   * @param features keys that providers say the user's customers have, beside those of a tier
   * @param revision 0 when nothing was ever reported
   * @param said what operators say of the user and of the user's accounts
   */
  record UserSubscriptions(
      List<Subscription> subscriptions, Set<String> features, long revision, Said said) {
    public UserSubscriptions {
      subscriptions = List.copyOf(subscriptions);
      features = Set.copyOf(features);
    }

    /** What billing knows, when nobody else has said anything. */
    public UserSubscriptions(List<Subscription> subscriptions, long revision) {
      this(subscriptions, revision, Said.NOTHING);
    }

    /** One whose providers count no features. */
    public UserSubscriptions(List<Subscription> subscriptions, long revision, Said said) {
      this(subscriptions, Set.of(), revision, said);
    }
  }

  /** Reads a payload as it is stored; empty when it is none of the provider, or erased. */
  interface DeliveryReader {
    Optional<BillingEvent> read(String provider, String eventId, String payload);
  }

  /**
   * Stores the delivery and everything that follows from it, in one transaction.
   *
   * @param reader reads what is stored of the same subscription
   * @return completed after the commit; fails with the error of PostgreSQL, and nothing is stored
   *     then
   */
  Future<Received> receive(Delivery delivery, DeliveryReader reader);

  /**
   * Does once more what follows from a stored delivery, by the configuration of now.
   *
   * @return empty when there is none, or nothing of it can be read; fails with the error of
   *     PostgreSQL
   */
  Future<Optional<Received>> reapply(String provider, String eventId, DeliveryReader reader);

  /**
   * Stores a subscription as the provider itself says that it is, as a delivery, when it grants
   * something else than what is known.
   *
   * @return empty when it does not, and nothing is stored then; {@code duplicate} when this very
   *     delivery is stored; fails with the error of PostgreSQL
   */
  Future<Optional<Received>> correct(Delivery delivery, DeliveryReader reader);

  /** What is known of a user; fails with the error of PostgreSQL. */
  Future<UserSubscriptions> ofUser(String userId);

  /**
   * What was the case of a user at a moment, as far as is known by now: events that had happened,
   * memberships and overrides that were there.
   *
   * @param atMs ms since the epoch
   * @return with the revision of now; fails with the error of PostgreSQL
   */
  Future<UserSubscriptions> ofUserAt(String userId, long atMs);

  /** Closes the connections. */
  Future<Void> close();
}
