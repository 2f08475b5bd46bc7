package io.growthbus.entitlements.store;

import static io.growthbus.entitlements.store.PgSubscriptionStore.time;

import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.entitlements.core.BillingEvent.CheckoutCompleted;
import io.growthbus.entitlements.core.BillingEvent.Unrelated;
import io.growthbus.entitlements.core.Projection;
import io.growthbus.entitlements.core.Subscription;
import io.growthbus.entitlements.store.SubscriptionStore.Delivery;
import io.growthbus.entitlements.store.SubscriptionStore.Received;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
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

  private static final String SUBSCRIPTIONS_OF_CUSTOMER =
      "SELECT subscription_id FROM entitlements.subscription WHERE provider = $1 AND customer_id = $2";

  private static final String EVENTS =
      """
      SELECT payload::text AS payload FROM entitlements.webhook_inbox
      WHERE provider = $1 AND subscription_id = $2
      """;

  private static final String STORED =
      "SELECT * FROM entitlements.subscription WHERE provider = $1 AND subscription_id = $2";

  private static final String LINKED_USER =
      """
      SELECT user_id FROM entitlements.link
      WHERE provider = $1 AND external_id IN ($2, $3)
      ORDER BY external_id = $2 DESC LIMIT 1
      """;

  private static final String PUT =
      """
      INSERT INTO entitlements.subscription
        (provider, subscription_id, customer_id, user_id, tier, status, period_end, trial_end, ended_at,
         cancel_at_period_end, past_due_since, unknown_status_since, last_event_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
      ON CONFLICT (provider, subscription_id) DO UPDATE
        SET customer_id = $3, user_id = $4, tier = $5, status = $6, period_end = $7, trial_end = $8,
            ended_at = $9, cancel_at_period_end = $10, past_due_since = $11, unknown_status_since = $12,
            last_event_at = $13
      """;

  private static final String BUMP =
      """
      INSERT INTO entitlements.user_revision AS r (user_id, revision) VALUES ($1, 1)
      ON CONFLICT (user_id) DO UPDATE SET revision = r.revision + 1
      RETURNING revision
      """;

  private static final String REVISION_OF_SUBSCRIPTION =
      """
      SELECT r.user_id, r.revision FROM entitlements.subscription s
      JOIN entitlements.user_revision r ON r.user_id = s.user_id
      WHERE s.provider = $1 AND s.subscription_id = $2
      """;

  private static final String OUTCOME =
      "UPDATE entitlements.webhook_inbox SET outcome = $3 WHERE provider = $1 AND event_id = $2";

  private final SqlConnection connection;
  private final Delivery delivery;
  private final BillingEvent event;
  private final Function<String, Optional<BillingEvent>> reader;
  private final TreeSet<String> changedUsers = new TreeSet<>();
  private String outcome = "ignored";

  DeliveryTransaction(
      SqlConnection connection,
      Delivery delivery,
      Function<String, Optional<BillingEvent>> reader) {
    this.connection = connection;
    this.delivery = delivery;
    this.event = delivery.event();
    this.reader = reader;
  }

  Future<Received> run() {
    return lock()
        .compose(locked -> insert())
        .compose(inserted -> inserted ? process() : duplicate());
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

  /** A repetition changes nothing; its user's caches are told again, in case that was lost. */
  private Future<Received> duplicate() {
    return connection
        .preparedQuery(REVISION_OF_SUBSCRIPTION)
        .execute(Tuple.of(delivery.provider(), event.subscriptionId()))
        .map(
            rows -> {
              Map<String, Long> revisions = new TreeMap<>();
              rows.forEach(row -> revisions.put(row.getString("user_id"), row.getLong("revision")));
              return new Received("duplicate", revisions);
            });
  }

  private Future<Received> process() {
    if (event instanceof Unrelated) {
      return finish();
    }
    return link().compose(linked -> affected()).compose(this::projectAll).compose(done -> finish());
  }

  private Future<Void> link() {
    if (!(event instanceof CheckoutCompleted checkout)) {
      return Future.succeededFuture();
    }
    outcome = "applied";
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

  private Future<Set<String>> affected() {
    Set<String> ids = new TreeSet<>();
    if (event.subscriptionId() != null) {
      ids.add(event.subscriptionId());
    }
    if (!(event instanceof CheckoutCompleted) || event.customerId() == null) {
      return Future.succeededFuture(ids);
    }
    return connection
        .preparedQuery(SUBSCRIPTIONS_OF_CUSTOMER)
        .execute(Tuple.of(delivery.provider(), event.customerId()))
        .map(
            rows -> {
              rows.forEach(row -> ids.add(row.getString(0)));
              return ids;
            });
  }

  private Future<Void> projectAll(Set<String> ids) {
    Future<Void> done = Future.succeededFuture();
    for (String id : ids) {
      done = done.compose(previous -> project(id));
    }
    return done;
  }

  private Future<Void> project(String subscriptionId) {
    Tuple key = Tuple.of(delivery.provider(), subscriptionId);
    return connection
        .preparedQuery(EVENTS)
        .execute(key)
        .compose(
            rows -> {
              Optional<Subscription> projected = Projection.of(events(rows));
              if (projected.isEmpty()) {
                outcome = event instanceof CheckoutCompleted ? outcome : "unlinked";
                return Future.succeededFuture();
              }
              return withUser(projected.get())
                  .compose(
                      next ->
                          connection
                              .preparedQuery(STORED)
                              .execute(key)
                              .compose(stored -> put(stored(stored), next)));
            });
  }

  private List<BillingEvent> events(RowSet<Row> rows) {
    return StreamSupport.stream(rows.spliterator(), false)
        .map(row -> reader.apply(row.getString("payload")))
        .flatMap(Optional::stream)
        .toList();
  }

  private static @Nullable Subscription stored(RowSet<Row> rows) {
    return rows.size() == 0 ? null : PgSubscriptionStore.subscription(rows.iterator().next());
  }

  private Future<Subscription> withUser(Subscription subscription) {
    if (subscription.userId() != null) {
      return Future.succeededFuture(subscription);
    }
    return connection
        .preparedQuery(LINKED_USER)
        .execute(
            Tuple.of(delivery.provider(), subscription.subscriptionId(), subscription.customerId()))
        .map(
            rows ->
                rows.size() == 0
                    ? subscription
                    : subscription.of(rows.iterator().next().getString(0)));
  }

  private Future<Void> put(@Nullable Subscription before, Subscription next) {
    if (next.equals(before)) {
      outcome = event instanceof CheckoutCompleted ? outcome : "superseded";
      return Future.succeededFuture();
    }
    if (before != null && before.userId() != null) {
      changedUsers.add(before.userId());
    }
    if (next.userId() != null) {
      changedUsers.add(next.userId());
    }
    outcome = next.userId() == null ? "unlinked" : "applied";
    return connection
        .preparedQuery(PUT)
        .execute(
            Tuple.tuple()
                .addString(delivery.provider())
                .addString(next.subscriptionId())
                .addString(next.customerId())
                .addString(next.userId())
                .addString(next.tier())
                .addString(next.status())
                .addOffsetDateTime(time(next.periodEndMs()))
                .addOffsetDateTime(time(next.trialEndMs()))
                .addOffsetDateTime(time(next.endedAtMs()))
                .addBoolean(next.cancelAtPeriodEnd())
                .addOffsetDateTime(time(next.pastDueSinceMs()))
                .addOffsetDateTime(time(next.unknownStatusSinceMs()))
                .addOffsetDateTime(time(next.lastEventMs())))
        .mapEmpty();
  }

  private Future<Received> finish() {
    Map<String, Long> revisions = new TreeMap<>();
    Future<Void> bumped = Future.succeededFuture();
    for (String user : new ArrayList<>(changedUsers)) {
      bumped =
          bumped.compose(
              done ->
                  connection
                      .preparedQuery(BUMP)
                      .execute(Tuple.of(user))
                      .map(
                          rows -> {
                            revisions.put(user, rows.iterator().next().getLong(0));
                            return null;
                          }));
    }
    return bumped
        .compose(
            done ->
                connection
                    .preparedQuery(OUTCOME)
                    .execute(Tuple.of(delivery.provider(), event.eventId(), outcome)))
        .map(done -> new Received(outcome, revisions));
  }
}
