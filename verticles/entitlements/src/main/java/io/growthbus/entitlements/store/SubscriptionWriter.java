package io.growthbus.entitlements.store;

import static io.growthbus.entitlements.store.PgSubscriptionStore.time;

import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.entitlements.core.Projection;
import io.growthbus.entitlements.core.Subscription;
import io.growthbus.entitlements.store.SubscriptionStore.DeliveryReader;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Subscriptions of one provider, projected anew from all their deliveries in a transaction. */
final class SubscriptionWriter {
  private static final String EVENTS =
      """
      SELECT event_id, payload::text AS payload FROM entitlements.webhook_inbox
      WHERE provider = $1 AND subscription_id = $2
      UNION ALL
      SELECT c.event_id, c.payload::text FROM entitlements.webhook_inbox c
      WHERE c.provider = $1 AND c.subscription_id IS NULL AND c.outcome NOT IN ('ignored', 'unsupported', 'erased')
        AND c.customer_id IN (SELECT s.customer_id FROM entitlements.webhook_inbox s
                              WHERE s.provider = $1 AND s.subscription_id = $2 AND s.customer_id IS NOT NULL)
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
        (provider, subscription_id, customer_id, user_id, account_id, tier, terms, status, period_end, trial_end,
         ended_at, cancel_at_period_end, past_due_since, unknown_status_since, last_event_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9, $10, $11, $12, $13, $14, $15)
      ON CONFLICT (provider, subscription_id) DO UPDATE
        SET customer_id = $3, user_id = $4, account_id = $5, tier = $6, terms = $7::text::jsonb, status = $8,
            period_end = $9, trial_end = $10, ended_at = $11, cancel_at_period_end = $12, past_due_since = $13,
            unknown_status_since = $14, last_event_at = $15
      """;

  private final SqlConnection connection;
  private final String provider;
  private final DeliveryReader reader;
  private final PastWriter past;
  private final Set<String> changedUsers = new TreeSet<>();
  private final Set<String> changedAccounts = new TreeSet<>();

  SubscriptionWriter(SqlConnection connection, String provider, DeliveryReader reader) {
    this.connection = connection;
    this.provider = provider;
    this.reader = reader;
    this.past = new PastWriter(connection, provider);
  }

  /** What became of a subscription. */
  enum Written {
    /** It grants something else, or to somebody else. */
    CHANGED,
    /** What was delivered changes nothing. */
    UNCHANGED,
    /** Nothing that was delivered says what it is, or whose. */
    UNLINKED
  }

  /**
   * A subscription as its deliveries say, and as it is stored.
   *
   * @param states what it was since which moments, less who is linked to it
   */
  record Projected(
      @Nullable Subscription next,
      @Nullable Subscription before,
      NavigableMap<Long, Subscription> states) {}

  /** Users whose subscriptions have changed, sorted. */
  List<String> changedUsers() {
    return List.copyOf(changedUsers);
  }

  /** Accounts whose subscriptions have changed, sorted. */
  List<String> changedAccounts() {
    return List.copyOf(changedAccounts);
  }

  /** Projects subscriptions one after the other; what became of each, in their order. */
  Future<List<Written>> write(Collection<String> ids) {
    List<Written> written = new ArrayList<>();
    Future<Void> done = Future.succeededFuture();
    for (String id : ids) {
      done = done.compose(before -> write(id)).map(one -> add(written, one));
    }
    return done.map(all -> written);
  }

  private static @Nullable Void add(List<Written> written, Written one) {
    written.add(one);
    return null;
  }

  private Future<Written> write(String id) {
    return project(id, Optional.empty())
        .compose(
            projected -> past.write(id, projected.states()).compose(written -> put(projected)));
  }

  /**
   * What a subscription is.
   *
   * @param more an event beside those that are stored
   */
  Future<Projected> project(String id, Optional<BillingEvent> more) {
    Tuple key = Tuple.of(provider, id);
    return connection
        .preparedQuery(EVENTS)
        .execute(key)
        .compose(
            rows -> {
              List<BillingEvent> events = events(rows);
              more.ifPresent(events::add);
              NavigableMap<Long, Subscription> states = Projection.atEachMoment(events);
              Optional<Subscription> projected = Projection.of(events);
              return projected.isEmpty()
                  ? Future.succeededFuture(new Projected(null, null, states))
                  : withUser(projected.get()).compose(next -> beside(next, key, states));
            });
  }

  private Future<Projected> beside(
      Subscription next, Tuple key, NavigableMap<Long, Subscription> states) {
    return connection
        .preparedQuery(STORED)
        .execute(key)
        .map(rows -> new Projected(next, stored(rows), states));
  }

  private List<BillingEvent> events(RowSet<Row> rows) {
    List<BillingEvent> events = new ArrayList<>();
    StreamSupport.stream(rows.spliterator(), false)
        .map(row -> reader.read(provider, row.getString("event_id"), row.getString("payload")))
        .flatMap(Optional::stream)
        .forEach(events::add);
    return events;
  }

  private static @Nullable Subscription stored(RowSet<Row> rows) {
    return rows.size() == 0 ? null : PgSubscriptionStore.subscription(rows.iterator().next());
  }

  private Future<Subscription> withUser(Subscription subscription) {
    if (subscription.isLinked()) {
      return Future.succeededFuture(subscription);
    }
    return connection
        .preparedQuery(LINKED_USER)
        .execute(Tuple.of(provider, subscription.subscriptionId(), subscription.customerId()))
        .map(
            rows ->
                rows.size() == 0
                    ? subscription
                    : subscription.of(rows.iterator().next().getString(0)));
  }

  private Future<Written> put(Projected projected) {
    Subscription next = projected.next();
    Subscription before = projected.before();
    if (next == null) {
      return Future.succeededFuture(Written.UNLINKED);
    }
    if (next.equals(before)) {
      return Future.succeededFuture(Written.UNCHANGED);
    }
    note(before);
    note(next);
    return connection
        .preparedQuery(PUT)
        .execute(row(next))
        .map(done -> next.isLinked() ? Written.CHANGED : Written.UNLINKED);
  }

  private void note(@Nullable Subscription changed) {
    if (changed != null && changed.userId() != null) {
      changedUsers.add(changed.userId());
    }
    if (changed != null && changed.accountId() != null) {
      changedAccounts.add(changed.accountId());
    }
  }

  private Tuple row(Subscription next) {
    return Tuple.tuple()
        .addString(provider)
        .addString(next.subscriptionId())
        .addString(next.customerId())
        .addString(next.userId())
        .addString(next.accountId())
        .addString(next.tier())
        .addString(TermsColumn.text(next.terms()))
        .addString(next.status())
        .addOffsetDateTime(time(next.periodEndMs()))
        .addOffsetDateTime(time(next.trialEndMs()))
        .addOffsetDateTime(time(next.endedAtMs()))
        .addBoolean(next.cancelAtPeriodEnd())
        .addOffsetDateTime(time(next.pastDueSinceMs()))
        .addOffsetDateTime(time(next.unknownStatusSinceMs()))
        .addOffsetDateTime(time(next.lastEventMs()));
  }
}
