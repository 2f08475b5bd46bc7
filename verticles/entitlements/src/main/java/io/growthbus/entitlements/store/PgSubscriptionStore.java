package io.growthbus.entitlements.store;

import io.growthbus.entitlements.core.Overrides.Said;
import io.growthbus.entitlements.core.Subscription;
import io.growthbus.shared.config.OverrideForm;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Deliveries and subscriptions in PostgreSQL. */
public final class PgSubscriptionStore implements SubscriptionStore {
  // One row even for a user without subscriptions, so that revision and facts are of one moment.
  private static final String OF_USER =
      """
      SELECT coalesce(r.revision, 0) AS revision, f.features,
             (SELECT o.definition::text FROM entitlements.override o WHERE o.kind = 'user' AND o.id = u.user_id) AS own,
             (SELECT array_agg(m.account_id ORDER BY m.account_id) FROM entitlements.account_member m
              WHERE m.user_id = u.user_id) AS accounts,
             (SELECT jsonb_agg(o.definition ORDER BY o.id)::text FROM entitlements.account_member m
              JOIN entitlements.override o ON o.kind = 'account' AND o.id = m.account_id
              WHERE m.user_id = u.user_id) AS of_accounts,
             s.*
      FROM (SELECT $1::text AS user_id) AS u
      LEFT JOIN entitlements.user_revision r ON r.user_id = u.user_id
      LEFT JOIN LATERAL (
        SELECT own.* FROM entitlements.subscription own WHERE own.user_id = u.user_id
        UNION ALL
        SELECT shared.* FROM entitlements.account_member m
        JOIN entitlements.subscription shared ON shared.account_id = m.account_id
        WHERE m.user_id = u.user_id AND shared.user_id IS DISTINCT FROM u.user_id
      ) AS s ON true
      LEFT JOIN entitlements.customer_feature f ON f.provider = s.provider AND f.customer_id = s.customer_id
      """;

  private static final String OF_USER_AT =
      """
      WITH member AS MATERIALIZED (
        SELECT m.account_id FROM entitlements.account_member_past m
        WHERE m.user_id = $1 AND m.valid_from <= $2 AND (m.valid_to IS NULL OR m.valid_to > $2)
      ), then_subscribed AS (
        SELECT own.* FROM entitlements.subscription_past own WHERE own.user_id = $1
        UNION ALL
        SELECT shared.* FROM member m JOIN entitlements.subscription_past shared ON shared.account_id = m.account_id
        WHERE shared.user_id IS DISTINCT FROM $1
      )
      SELECT coalesce(r.revision, 0) AS revision, f.features,
             (SELECT o.after::text FROM (
                SELECT h.after FROM entitlements.override_history h
                WHERE h.kind = 'user' AND h.id = u.user_id AND h.changed_at <= $2 ORDER BY h.revision DESC LIMIT 1) AS o) AS own,
             (SELECT array_agg(m.account_id ORDER BY m.account_id) FROM member m) AS accounts,
             (SELECT jsonb_agg(o.after ORDER BY m.account_id)::text FROM member m CROSS JOIN LATERAL (
                SELECT h.after FROM entitlements.override_history h
                WHERE h.kind = 'account' AND h.id = m.account_id AND h.changed_at <= $2 ORDER BY h.revision DESC LIMIT 1) AS o
              WHERE o.after IS NOT NULL) AS of_accounts,
             s.*
      FROM (SELECT $1::text AS user_id) AS u
      LEFT JOIN entitlements.user_revision r ON r.user_id = u.user_id
      LEFT JOIN then_subscribed s ON s.valid_from <= $2 AND (s.valid_to IS NULL OR s.valid_to > $2)
      LEFT JOIN LATERAL (
        SELECT c.features FROM entitlements.customer_feature_past c
        WHERE c.provider = s.provider AND c.customer_id = s.customer_id AND c.valid_from <= $2
        ORDER BY c.valid_from DESC, c.event_id DESC LIMIT 1) AS f ON true
      """;

  private static final String DELIVERED =
      """
      SELECT type, payload::text AS payload, received_at FROM entitlements.webhook_inbox
      WHERE provider = $1 AND event_id = $2 AND outcome <> 'erased'
      """;

  private final Pool pool;
  private final Pool reading;

  /**
   * @param pool takes deliveries
   * @param reading answers what users may use, however many deliveries there are
   */
  public PgSubscriptionStore(Pool pool, Pool reading) {
    this.pool = pool;
    this.reading = reading;
  }

  @Override
  public Future<Received> receive(Delivery delivery, DeliveryReader reader) {
    return pool.withTransaction(
        connection -> new DeliveryTransaction(connection, delivery, reader).receive());
  }

  @Override
  public Future<Optional<Received>> reapply(
      String provider, String eventId, DeliveryReader reader) {
    return pool.preparedQuery(DELIVERED)
        .execute(Tuple.of(provider, eventId))
        .compose(
            rows -> {
              Optional<Delivery> delivery =
                  rows.size() == 0
                      ? Optional.empty()
                      : delivery(provider, eventId, rows.iterator().next(), reader);
              return delivery.isEmpty()
                  ? Future.succeededFuture(Optional.empty())
                  : pool.withTransaction(
                          connection ->
                              new DeliveryTransaction(connection, delivery.get(), reader).reapply())
                      .map(Optional::of);
            });
  }

  private static Optional<Delivery> delivery(
      String provider, String eventId, Row row, DeliveryReader reader) {
    String payload = row.getString("payload");
    return reader
        .read(provider, eventId, payload)
        .map(
            event ->
                new Delivery(
                    provider,
                    event,
                    row.getString("type"),
                    payload,
                    row.getOffsetDateTime("received_at").toInstant().toEpochMilli()));
  }

  @Override
  public Future<Optional<Received>> correct(Delivery delivery, DeliveryReader reader) {
    String id = delivery.event().subscriptionId();
    return id == null
        ? Future.succeededFuture(Optional.empty())
        : pool.withTransaction(
            connection -> new DeliveryTransaction(connection, delivery, reader).correct(id));
  }

  @Override
  public Future<UserSubscriptions> ofUser(String userId) {
    return reading.preparedQuery(OF_USER).execute(Tuple.of(userId)).map(PgSubscriptionStore::facts);
  }

  @Override
  public Future<UserSubscriptions> ofUserAt(String userId, long atMs) {
    return reading
        .preparedQuery(OF_USER_AT)
        .execute(Tuple.of(userId, time(atMs)))
        .map(PgSubscriptionStore::facts);
  }

  private static UserSubscriptions facts(RowSet<Row> rows) {
    List<Subscription> subscriptions = new ArrayList<>();
    Set<String> features = new HashSet<>();
    long revision = 0;
    Said said = Said.NOTHING;
    for (Row row : rows) {
      revision = row.getLong("revision");
      said = said(row);
      if (row.getString("subscription_id") != null) {
        subscriptions.add(subscription(row));
      }
      String[] counted = row.getArrayOfStrings("features");
      features.addAll(counted == null ? List.of() : List.of(counted));
    }
    return new UserSubscriptions(subscriptions, features, revision, said);
  }

  @Override
  public Future<Void> close() {
    return reading.close().eventually(pool::close);
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
        row.getString("account_id"),
        row.getString("tier"),
        TermsColumn.read(row.getJsonObject("terms")),
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
