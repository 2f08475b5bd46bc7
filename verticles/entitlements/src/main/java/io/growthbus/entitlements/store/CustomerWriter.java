package io.growthbus.entitlements.store;

import static io.growthbus.entitlements.store.PgSubscriptionStore.time;

import io.growthbus.entitlements.core.BillingEvent.CheckoutCompleted;
import io.growthbus.entitlements.core.BillingEvent.FeaturesReported;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is known of a provider's customers as a whole: whose they are, and their features. */
final class CustomerWriter {
  private static final String LINK =
      """
      WITH past AS (
        INSERT INTO entitlements.link_past (provider, external_id, event_id, user_id, valid_from)
        VALUES ($1, $2, $5, $3, $4)
        ON CONFLICT DO NOTHING
      )
      INSERT INTO entitlements.link AS l (provider, external_id, user_id, created_at, event_id)
      VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (provider, external_id) DO UPDATE
        SET user_id = EXCLUDED.user_id, created_at = EXCLUDED.created_at, event_id = EXCLUDED.event_id
        WHERE (l.created_at, l.event_id) < (EXCLUDED.created_at, EXCLUDED.event_id)
      """;

  private static final String FEATURES =
      """
      WITH past AS (
        INSERT INTO entitlements.customer_feature_past (provider, customer_id, features, valid_from, event_id)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING
      )
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

  private final SqlConnection connection;
  private final String provider;

  CustomerWriter(SqlConnection connection, String provider) {
    this.connection = connection;
    this.provider = provider;
  }

  /** Whose the subscriptions of a customer are. */
  record Owners(Set<String> users, Set<String> accounts) {
    boolean isEmpty() {
      return users.isEmpty() && accounts.isEmpty();
    }
  }

  /** Notes whose the customer and the subscription of a checkout are. */
  Future<Void> link(CheckoutCompleted checkout) {
    List<Tuple> links =
        Stream.of(checkout.customerId(), checkout.subscriptionId())
            .filter(Objects::nonNull)
            .sorted()
            .map(
                id ->
                    Tuple.of(
                        provider,
                        id,
                        checkout.userId(),
                        time(checkout.createdMs()),
                        checkout.eventId()))
            .toList();
    return links.isEmpty()
        ? Future.succeededFuture()
        : connection.preparedQuery(LINK).executeBatch(links).mapEmpty();
  }

  /** Notes the features of a customer; whether nothing newer is known. */
  Future<Boolean> count(FeaturesReported reported) {
    return connection
        .preparedQuery(FEATURES)
        .execute(
            Tuple.tuple()
                .addString(provider)
                .addString(reported.customerId())
                .addArrayOfString(reported.features().toArray(String[]::new))
                .addOffsetDateTime(time(reported.createdMs()))
                .addString(reported.eventId()))
        .map(changed -> changed.size() > 0);
  }

  /** Ids of the subscriptions of a customer, and one more, sorted. */
  Future<Set<String>> subscriptions(@Nullable String customerId, @Nullable String one) {
    Set<String> ids = new TreeSet<>();
    if (one != null) {
      ids.add(one);
    }
    return customerId == null
        ? Future.succeededFuture(ids)
        : connection
            .preparedQuery(OF_CUSTOMER)
            .execute(Tuple.of(provider, customerId))
            .map(
                rows -> {
                  rows.forEach(row -> ids.add(row.getString("subscription_id")));
                  return ids;
                });
  }

  /** Whose the subscriptions of a customer are. */
  Future<Owners> owners(String customerId) {
    return connection
        .preparedQuery(OF_CUSTOMER)
        .execute(Tuple.of(provider, customerId))
        .map(
            rows -> {
              Owners owners = new Owners(new TreeSet<>(), new TreeSet<>());
              rows.forEach(row -> note(row.getString("user_id"), owners.users()));
              rows.forEach(row -> note(row.getString("account_id"), owners.accounts()));
              return owners;
            });
  }

  private static void note(@Nullable String id, Set<String> owners) {
    if (id != null) {
      owners.add(id);
    }
  }
}
