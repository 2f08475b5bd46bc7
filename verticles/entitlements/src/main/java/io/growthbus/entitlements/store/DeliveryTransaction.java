package io.growthbus.entitlements.store;

import static io.growthbus.entitlements.store.PgSubscriptionStore.time;

import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.entitlements.core.BillingEvent.CheckoutCompleted;
import io.growthbus.entitlements.core.BillingEvent.CustomerDeleted;
import io.growthbus.entitlements.core.BillingEvent.FeaturesReported;
import io.growthbus.entitlements.core.BillingEvent.Unrelated;
import io.growthbus.entitlements.core.Subscription;
import io.growthbus.entitlements.store.SubscriptionStore.Delivery;
import io.growthbus.entitlements.store.SubscriptionStore.DeliveryReader;
import io.growthbus.entitlements.store.SubscriptionStore.Received;
import io.growthbus.entitlements.store.SubscriptionWriter.Written;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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

  private static final String LINK =
      """
      INSERT INTO entitlements.link AS l (provider, external_id, user_id, created_at, event_id)
      VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (provider, external_id) DO UPDATE
        SET user_id = EXCLUDED.user_id, created_at = EXCLUDED.created_at, event_id = EXCLUDED.event_id
        WHERE (l.created_at, l.event_id) < (EXCLUDED.created_at, EXCLUDED.event_id)
      """;

  private static final String FEATURES =
      """
      INSERT INTO entitlements.customer_feature AS f (provider, customer_id, features, reported_at, event_id)
      VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (provider, customer_id) DO UPDATE
        SET features = EXCLUDED.features, reported_at = EXCLUDED.reported_at, event_id = EXCLUDED.event_id
        WHERE (f.reported_at, f.event_id) <= (EXCLUDED.reported_at, EXCLUDED.event_id)
      RETURNING customer_id
      """;

  private static final String OF_CUSTOMER =
      """
      SELECT subscription_id, user_id, account_id FROM entitlements.subscription
      WHERE provider = $1 AND customer_id = $2
      """;

  private static final String MEMBERS =
      "SELECT user_id FROM entitlements.account_member WHERE account_id = ANY($1)";

  private static final String BUMP =
      """
      INSERT INTO entitlements.user_revision AS r (user_id, revision)
      SELECT user_id, 1 FROM unnest($1::text[]) AS user_id ORDER BY user_id COLLATE "C"
      ON CONFLICT (user_id) DO UPDATE SET revision = r.revision + 1
      RETURNING user_id, revision
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

  private static final String OUTCOME =
      """
      UPDATE entitlements.webhook_inbox SET outcome = $3, tried_at = clock_timestamp()
      WHERE provider = $1 AND event_id = $2 AND outcome <> 'erased'
      """;

  private final SqlConnection connection;
  private final Delivery delivery;
  private final BillingEvent event;
  private final SubscriptionWriter subscriptions;
  private final Set<String> changedUsers = new TreeSet<>();
  private final Set<String> changedAccounts = new TreeSet<>();

  DeliveryTransaction(SqlConnection connection, Delivery delivery, DeliveryReader reader) {
    this.connection = connection;
    this.delivery = delivery;
    this.event = delivery.event();
    this.subscriptions = new SubscriptionWriter(connection, delivery.provider(), reader);
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

  /** Takes what the provider says itself, unless nothing else is granted by it. */
  Future<Optional<Received>> correct(String subscriptionId) {
    return lock()
        .compose(locked -> subscriptions.project(subscriptionId, Optional.of(event)))
        .compose(
            projected -> {
              Subscription next = projected.next();
              if (next == null || next.grantsAs(projected.before())) {
                return Future.succeededFuture(Optional.empty());
              }
              return insert().compose(inserted -> process()).map(Optional::of);
            });
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
        .map(rows -> new Received("duplicate", revisions(rows)));
  }

  private static Map<String, Long> revisions(RowSet<Row> rows) {
    Map<String, Long> revisions = new TreeMap<>();
    rows.forEach(row -> revisions.put(row.getString("user_id"), row.getLong("revision")));
    return revisions;
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

  /** What an account has, its members have, those who are joining it at this moment too. */
  private Future<Void> members() {
    if (changedAccounts.isEmpty()) {
      return Future.succeededFuture();
    }
    Future<Void> locked = Future.succeededFuture();
    for (String account : changedAccounts) {
      locked =
          locked.compose(
              done ->
                  connection
                      .preparedQuery(PgOverrideStore.LOCK)
                      .execute(Tuple.of("account", account))
                      .mapEmpty());
    }
    return locked
        .compose(
            done ->
                connection
                    .preparedQuery(MEMBERS)
                    .execute(
                        Tuple.tuple().addArrayOfString(changedAccounts.toArray(String[]::new))))
        .map(
            rows -> {
              rows.forEach(row -> changedUsers.add(row.getString("user_id")));
              return null;
            });
  }

  private Future<String> outcome() {
    if (event instanceof Unrelated unrelated) {
      return Future.succeededFuture(unrelated.supported() ? "ignored" : "unsupported");
    }
    if (event instanceof CheckoutCompleted checkout) {
      return link(checkout)
          .compose(linked -> ofCustomer(checkout.customerId(), checkout.subscriptionId()))
          .compose(subscriptions::write)
          .map("applied");
    }
    if (event instanceof FeaturesReported features) {
      return features.whole() ? features(features) : Future.succeededFuture("incomplete");
    }
    if (event instanceof CustomerDeleted deleted) {
      return ofCustomer(deleted.customerId(), null)
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

  private Future<Void> link(CheckoutCompleted checkout) {
    List<Tuple> links =
        Stream.of(checkout.customerId(), checkout.subscriptionId())
            .filter(Objects::nonNull)
            .sorted()
            .map(
                id ->
                    Tuple.of(
                        delivery.provider(),
                        id,
                        checkout.userId(),
                        time(checkout.createdMs()),
                        checkout.eventId()))
            .toList();
    return links.isEmpty()
        ? Future.succeededFuture()
        : connection.preparedQuery(LINK).executeBatch(links).mapEmpty();
  }

  private Future<Set<String>> ofCustomer(@Nullable String customerId, @Nullable String one) {
    Set<String> ids = new TreeSet<>();
    if (one != null) {
      ids.add(one);
    }
    return customerId == null
        ? Future.succeededFuture(ids)
        : connection
            .preparedQuery(OF_CUSTOMER)
            .execute(Tuple.of(delivery.provider(), customerId))
            .map(
                rows -> {
                  rows.forEach(row -> ids.add(row.getString("subscription_id")));
                  return ids;
                });
  }

  private Future<String> features(FeaturesReported reported) {
    return connection
        .preparedQuery(FEATURES)
        .execute(
            Tuple.tuple()
                .addString(delivery.provider())
                .addString(reported.customerId())
                .addArrayOfString(reported.features().toArray(String[]::new))
                .addOffsetDateTime(time(reported.createdMs()))
                .addString(reported.eventId()))
        .compose(
            changed ->
                changed.size() == 0
                    ? Future.succeededFuture("superseded")
                    : connection
                        .preparedQuery(OF_CUSTOMER)
                        .execute(Tuple.of(delivery.provider(), reported.customerId()))
                        .map(
                            rows -> {
                              rows.forEach(row -> note(row.getString("user_id"), changedUsers));
                              rows.forEach(
                                  row -> note(row.getString("account_id"), changedAccounts));
                              return changedUsers.isEmpty() && changedAccounts.isEmpty()
                                  ? "unlinked"
                                  : "applied";
                            }));
  }

  private static void note(@Nullable String id, Set<String> changed) {
    if (id != null) {
      changed.add(id);
    }
  }

  private Future<Received> finish(String outcome) {
    return connection
        .preparedQuery(OUTCOME)
        .execute(Tuple.of(delivery.provider(), event.eventId(), outcome))
        .compose(
            noted ->
                changedUsers.isEmpty()
                    ? Future.succeededFuture(Map.<String, Long>of())
                    : connection
                        .preparedQuery(BUMP)
                        .execute(
                            Tuple.tuple().addArrayOfString(changedUsers.toArray(String[]::new)))
                        .map(DeliveryTransaction::revisions))
        .map(revisions -> new Received(outcome, revisions));
  }
}
