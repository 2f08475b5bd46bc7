package io.growthbus.entitlements.store;

import static io.growthbus.entitlements.store.PgSubscriptionStore.time;

import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.entitlements.core.BillingEvent.CheckoutCompleted;
import io.growthbus.entitlements.core.BillingEvent.CustomerDeleted;
import io.growthbus.entitlements.core.BillingEvent.FeaturesReported;
import io.growthbus.entitlements.core.BillingEvent.Unrelated;
import io.growthbus.entitlements.core.Subscription;
import io.growthbus.entitlements.store.CustomerWriter.Owners;
import io.growthbus.entitlements.store.SubscriptionStore.Delivery;
import io.growthbus.entitlements.store.SubscriptionStore.DeliveryReader;
import io.growthbus.entitlements.store.SubscriptionStore.Received;
import io.growthbus.entitlements.store.SubscriptionWriter.Written;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * One delivery from the inbox to the revisions of the users it concerns, inside a transaction.
 *
 * <p>All deliveries that share a customer or a subscription are done one after another: each takes
 * advisory locks on both ids, in sorted order.
 */
final class DeliveryTransaction {
  private static final String LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";

  private static final String INBOX =
      """
      INSERT INTO entitlements.webhook_inbox
        (provider, event_id, type, created_at, received_at, subscription_id, customer_id, payload, outcome)
      VALUES ($1, $2, $3, $4, $5, $6, $7, ($8::text)::jsonb, 'received')
      ON CONFLICT DO NOTHING
      RETURNING event_id
      """;

  private static final String REVISIONS =
      """
      WITH concerned AS (
        SELECT s.user_id, s.account_id FROM entitlements.subscription s
        WHERE s.provider = $1 AND (s.subscription_id = $2 OR $2::text IS NULL AND s.customer_id = $3)
      )
      SELECT r.user_id, r.revision FROM entitlements.user_revision r
      WHERE r.user_id IN (
        SELECT c.user_id FROM concerned c WHERE c.user_id IS NOT NULL
        UNION SELECT m.user_id FROM entitlements.account_member m JOIN concerned c ON c.account_id = m.account_id)
      """;

  private static final String STORED =
      "SELECT 1 FROM entitlements.webhook_inbox WHERE provider = $1 AND event_id = $2";

  private static final String OUTCOME =
      """
      UPDATE entitlements.webhook_inbox SET outcome = $3, tried_at = clock_timestamp()
      WHERE provider = $1 AND event_id = $2 AND outcome <> 'erased'
      """;

  private final SqlConnection connection;
  private final Delivery delivery;
  private final BillingEvent event;
  private final SubscriptionWriter subscriptions;
  private final CustomerWriter customers;
  private final SortedSet<String> changedUsers = new TreeSet<>();
  private final SortedSet<String> changedAccounts = new TreeSet<>();

  DeliveryTransaction(SqlConnection connection, Delivery delivery, DeliveryReader reader) {
    this.connection = connection;
    this.delivery = delivery;
    this.event = delivery.event();
    this.subscriptions = new SubscriptionWriter(connection, delivery.provider(), reader);
    this.customers = new CustomerWriter(connection, delivery.provider());
  }

  /** Takes a delivery that arrives. */
  Future<Received> receive() {
    return lock()
        .compose(locked -> insert())
        .compose(inserted -> inserted ? process() : duplicate());
  }

  /** Does once more what follows from a delivery that is stored. */
  Future<Received> reapply() {
    return lock().compose(locked -> process());
  }

  /**
   * Takes what the provider says itself, unless nothing else is granted by it. Of one that is
   * stored already the answer got lost, and with it perhaps the news.
   */
  Future<Optional<Received>> correct(String subscriptionId) {
    return lock()
        .compose(locked -> isStored())
        .compose(stored -> stored ? duplicate().map(Optional::of) : correctUnless(subscriptionId));
  }

  private Future<Optional<Received>> correctUnless(String subscriptionId) {
    return subscriptions
        .project(subscriptionId, Optional.of(event))
        .compose(
            projected -> {
              Subscription next = projected.next();
              if (next == null || next.grantsAs(projected.before())) {
                return Future.succeededFuture(Optional.empty());
              }
              return insert().compose(inserted -> process()).map(Optional::of);
            });
  }

  private Future<Boolean> isStored() {
    return connection
        .preparedQuery(STORED)
        .execute(Tuple.of(delivery.provider(), event.eventId()))
        .map(rows -> rows.size() > 0);
  }

  private Future<Void> lock() {
    List<String> keys =
        Stream.of(event.customerId(), event.subscriptionId())
            .filter(Objects::nonNull)
            .map(id -> delivery.provider() + ":" + id)
            .sorted()
            .toList();
    Future<Void> locked = Future.succeededFuture();
    for (String key : keys) {
      locked =
          locked.compose(done -> connection.preparedQuery(LOCK).execute(Tuple.of(key)).mapEmpty());
    }
    return locked;
  }

  private Future<Boolean> insert() {
    return connection
        .preparedQuery(INBOX)
        .execute(
            Tuple.tuple()
                .addString(delivery.provider())
                .addString(event.eventId())
                .addString(delivery.type())
                .addOffsetDateTime(time(event.createdMs()))
                .addOffsetDateTime(time(delivery.receivedAtMs()))
                .addString(event.subscriptionId())
                .addString(event.customerId())
                .addString(delivery.payload()))
        .map(rows -> rows.size() == 1);
  }

  /**
   * A repetition changes nothing; the caches of its users are told again, in case that was lost.
   */
  private Future<Received> duplicate() {
    return connection
        .preparedQuery(REVISIONS)
        .execute(Tuple.of(delivery.provider(), event.subscriptionId(), event.customerId()))
        .map(rows -> new Received("duplicate", UserRevisions.of(rows)));
  }

  private Future<Received> process() {
    return outcome()
        .compose(
            outcome -> {
              changedUsers.addAll(subscriptions.changedUsers());
              changedAccounts.addAll(subscriptions.changedAccounts());
              return members().compose(noted -> finish(outcome));
            });
  }

  /** What an account has, its members have. */
  private Future<Void> members() {
    return AccountMembers.locked(connection, changedAccounts)
        .map(
            members -> {
              changedUsers.addAll(members);
              return null;
            });
  }

  private Future<String> outcome() {
    if (event instanceof Unrelated unrelated) {
      return Future.succeededFuture(unrelated.supported() ? "ignored" : "unsupported");
    }
    if (event instanceof CheckoutCompleted checkout) {
      return customers
          .link(checkout)
          .compose(
              linked -> customers.subscriptions(checkout.customerId(), checkout.subscriptionId()))
          .compose(subscriptions::write)
          .map("applied");
    }
    if (event instanceof FeaturesReported features) {
      return features.whole() ? features(features) : Future.succeededFuture("incomplete");
    }
    if (event instanceof CustomerDeleted deleted) {
      return customers
          .subscriptions(deleted.customerId(), null)
          .compose(subscriptions::write)
          .map(DeliveryTransaction::word);
    }
    String id = event.subscriptionId();
    return id == null
        ? Future.succeededFuture("ignored")
        : subscriptions.write(List.of(id)).map(DeliveryTransaction::word);
  }

  private static String word(List<Written> written) {
    if (written.contains(Written.CHANGED)) {
      return "applied";
    }
    return written.isEmpty() || written.contains(Written.UNLINKED) ? "unlinked" : "superseded";
  }

  private Future<String> features(FeaturesReported reported) {
    return customers
        .count(reported)
        .compose(
            newest ->
                newest
                    ? customers.owners(reported.customerId()).map(this::featuresOf)
                    : Future.succeededFuture("superseded"));
  }

  private String featuresOf(Owners owners) {
    changedUsers.addAll(owners.users());
    changedAccounts.addAll(owners.accounts());
    return owners.isEmpty() ? "unlinked" : "applied";
  }

  private Future<Received> finish(String outcome) {
    return connection
        .preparedQuery(OUTCOME)
        .execute(Tuple.of(delivery.provider(), event.eventId(), outcome))
        .compose(noted -> UserRevisions.raise(connection, changedUsers))
        .map(revisions -> new Received(outcome, revisions));
  }
}
