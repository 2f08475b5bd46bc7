package io.growthbus.entitlements.store;

import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.entitlements.core.Overrides.Said;
import io.growthbus.entitlements.core.Subscription;
import io.growthbus.shared.config.OverrideForm;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Deliveries and subscriptions in PostgreSQL. */
public final class PgSubscriptionStore implements SubscriptionStore {
  // One row even for a user without subscriptions, so that revision and facts are of one moment.
  private static final String OF_USER =
      """
      SELECT coalesce(r.revision, 0) AS revision,
             (SELECT o.definition::text FROM entitlements.override o WHERE o.kind = 'user' AND o.id = u.user_id) AS own,
             (SELECT array_agg(m.account_id ORDER BY m.account_id) FROM entitlements.account_member m
              WHERE m.user_id = u.user_id) AS accounts,
             (SELECT jsonb_agg(o.definition ORDER BY o.id)::text FROM entitlements.account_member m
              JOIN entitlements.override o ON o.kind = 'account' AND o.id = m.account_id
              WHERE m.user_id = u.user_id) AS of_accounts,
             s.*
      FROM (SELECT $1::text AS user_id) AS u
      LEFT JOIN entitlements.user_revision r ON r.user_id = u.user_id
      LEFT JOIN entitlements.subscription s ON s.user_id = u.user_id
      """;

  private final Pool pool;

  public PgSubscriptionStore(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Future<Received> receive(
      Delivery delivery, Function<String, Optional<BillingEvent>> reader) {
    return pool.withTransaction(
        connection -> new DeliveryTransaction(connection, delivery, reader).run());
  }

  @Override
  public Future<UserSubscriptions> ofUser(String userId) {
    return pool.preparedQuery(OF_USER)
        .execute(Tuple.of(userId))
        .map(
            rows -> {
              List<Subscription> subscriptions = new ArrayList<>();
              long revision = 0;
              Said said = Said.NOTHING;
              for (Row row : rows) {
                revision = row.getLong("revision");
                said = said(row);
                if (row.getString("subscription_id") != null) {
                  subscriptions.add(subscription(row));
                }
              }
              return new UserSubscriptions(List.copyOf(subscriptions), revision, said);
            });
  }

  @Override
  public Future<Void> close() {
    return pool.close();
  }

  private static Said said(Row row) {
    String own = row.getString("own");
    String ofAccounts = row.getString("of_accounts");
    String[] accounts = row.getArrayOfStrings("accounts");
    return own == null && accounts == null
        ? Said.NOTHING
        : new Said(
            own == null ? null : OverrideForm.stored(own),
            ofAccounts == null ? List.of() : OverrideForm.allStored(ofAccounts),
            accounts == null ? List.of() : List.of(accounts));
  }

  static Subscription subscription(Row row) {
    return new Subscription(
        row.getString("subscription_id"),
        row.getString("customer_id"),
        row.getString("user_id"),
        row.getString("tier"),
        row.getString("status"),
        millis(row.getOffsetDateTime("period_end")),
        millis(row.getOffsetDateTime("trial_end")),
        millis(row.getOffsetDateTime("ended_at")),
        row.getBoolean("cancel_at_period_end"),
        millis(row.getOffsetDateTime("past_due_since")),
        millis(row.getOffsetDateTime("unknown_status_since")),
        row.getOffsetDateTime("last_event_at").toInstant().toEpochMilli());
  }

  private static @Nullable Long millis(@Nullable OffsetDateTime time) {
    return time == null ? null : Long.valueOf(time.toInstant().toEpochMilli());
  }

  static @Nullable OffsetDateTime time(@Nullable Long millis) {
    return millis == null ? null : Instant.ofEpochMilli(millis).atOffset(ZoneOffset.UTC);
  }
}
