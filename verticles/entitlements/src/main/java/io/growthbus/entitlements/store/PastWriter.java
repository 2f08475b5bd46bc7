package io.growthbus.entitlements.store;

import static io.growthbus.entitlements.store.PgSubscriptionStore.time;

import io.growthbus.entitlements.core.Subscription;
import io.growthbus.entitlements.core.SubscriptionHistory;
import io.growthbus.entitlements.core.SubscriptionHistory.Link;
import io.growthbus.entitlements.core.SubscriptionHistory.Period;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/** The past of subscriptions, brought to what their deliveries come to, in a transaction. */
final class PastWriter {
  private static final String LINKS =
      """
      SELECT external_id, user_id, valid_from, event_id FROM entitlements.link_past
      WHERE provider = $1 AND external_id = ANY($2)
      """;

  // Only what differs is written: as a rule the last state ends and a new one begins.
  private static final String PUT =
      """
      WITH next AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset($3::text::jsonb) AS n(
          valid_from timestamptz, valid_to timestamptz, customer_id text, user_id text, account_id text, tier text, terms jsonb,
          status text, period_end timestamptz, trial_end timestamptz, ended_at timestamptz, cancel_at_period_end boolean,
          past_due_since timestamptz, unknown_status_since timestamptz, last_event_at timestamptz)
      ), gone AS (
        DELETE FROM entitlements.subscription_past p
        WHERE p.provider = $1 AND p.subscription_id = $2 AND p.valid_from NOT IN (SELECT valid_from FROM next)
      )
      INSERT INTO entitlements.subscription_past AS p
        (provider, subscription_id, valid_from, valid_to, customer_id, user_id, account_id, tier, terms, status, period_end,
         trial_end, ended_at, cancel_at_period_end, past_due_since, unknown_status_since, last_event_at)
      SELECT $1, $2, valid_from, valid_to, customer_id, user_id, account_id, tier, terms, status, period_end, trial_end, ended_at,
             cancel_at_period_end, past_due_since, unknown_status_since, last_event_at
      FROM next ORDER BY valid_from
      ON CONFLICT (provider, subscription_id, valid_from) DO UPDATE
        SET valid_to = EXCLUDED.valid_to, customer_id = EXCLUDED.customer_id, user_id = EXCLUDED.user_id,
            account_id = EXCLUDED.account_id, tier = EXCLUDED.tier, terms = EXCLUDED.terms, status = EXCLUDED.status,
            period_end = EXCLUDED.period_end, trial_end = EXCLUDED.trial_end, ended_at = EXCLUDED.ended_at,
            cancel_at_period_end = EXCLUDED.cancel_at_period_end, past_due_since = EXCLUDED.past_due_since,
            unknown_status_since = EXCLUDED.unknown_status_since, last_event_at = EXCLUDED.last_event_at
        WHERE (p.*) IS DISTINCT FROM (EXCLUDED.*)
      """;

  private final SqlConnection connection;
  private final String provider;

  PastWriter(SqlConnection connection, String provider) {
    this.connection = connection;
    this.provider = provider;
  }

  /**
   * Writes what a subscription was.
   *
   * @param states as its events say, by the moments from which on they were the ones
   */
  Future<Void> write(String subscriptionId, NavigableMap<Long, Subscription> states) {
    return links(SubscriptionHistory.idsToLink(states))
        .compose(
            links ->
                connection
                    .preparedQuery(PUT)
                    .execute(
                        Tuple.of(
                            provider, subscriptionId, text(SubscriptionHistory.of(states, links)))))
        .mapEmpty();
  }

  private Future<List<Link>> links(List<String> ids) {
    return ids.isEmpty()
        ? Future.succeededFuture(List.of())
        : connection
            .preparedQuery(LINKS)
            .execute(Tuple.tuple().addString(provider).addArrayOfString(ids.toArray(String[]::new)))
            .map(
                rows -> {
                  List<Link> links = new ArrayList<>();
                  rows.forEach(
                      row ->
                          links.add(
                              new Link(
                                  row.getString("external_id"),
                                  row.getString("user_id"),
                                  row.getOffsetDateTime("valid_from").toInstant().toEpochMilli(),
                                  row.getString("event_id"))));
                  return links;
                });
  }

  private static String text(List<Period> periods) {
    JsonArray rows = new JsonArray();
    for (int i = 0; i < periods.size(); i++) {
      Long end = i + 1 < periods.size() ? periods.get(i + 1).fromMs() : null;
      rows.add(row(periods.get(i), end));
    }
    return rows.encode();
  }

  private static JsonObject row(Period period, @Nullable Long endMs) {
    Subscription state = period.state();
    String terms = TermsColumn.text(state.terms());
    return new JsonObject()
        .put("valid_from", moment(period.fromMs()))
        .put("valid_to", moment(endMs))
        .put("customer_id", state.customerId())
        .put("user_id", state.userId())
        .put("account_id", state.accountId())
        .put("tier", state.tier())
        .put("terms", terms == null ? null : new JsonObject(terms))
        .put("status", state.status())
        .put("period_end", moment(state.periodEndMs()))
        .put("trial_end", moment(state.trialEndMs()))
        .put("ended_at", moment(state.endedAtMs()))
        .put("cancel_at_period_end", state.cancelAtPeriodEnd())
        .put("past_due_since", moment(state.pastDueSinceMs()))
        .put("unknown_status_since", moment(state.unknownStatusSinceMs()))
        .put("last_event_at", moment(state.lastEventMs()));
  }

  /** In the words of PostgreSQL, which puts no sign before years of five digits. */
  private static @Nullable String moment(@Nullable Long millis) {
    return millis == null ? null : String.valueOf(time(millis)).replaceFirst("^\\+", "");
  }
}
