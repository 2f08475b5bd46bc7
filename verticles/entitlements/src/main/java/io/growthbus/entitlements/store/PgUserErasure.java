package io.growthbus.entitlements.store;

import io.growthbus.shared.erasure.Erasures;
import io.growthbus.shared.erasure.Erasures.Pass;
import io.growthbus.shared.erasure.Mention;
import io.growthbus.shared.erasure.MentionScan;
import io.growthbus.shared.erasure.MentionScan.Table;
import io.growthbus.shared.erasure.UserExport.Source;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;

/**
 * Erases a user from the tables of entitlements, and says what is exported of them.
 *
 * <p>Of a delivery that is about the user only its id and its time stay, by which a repetition is
 * recognised. In one that is about somebody else the mentions are replaced.
 */
public final class PgUserErasure implements Erasures.Eraser {
  // Ids that a billing system has for the user's subscriptions and for the user as a customer.
  private static final String OWN_IDS =
      """
      SELECT s.provider, s.subscription_id AS id FROM entitlements.subscription s WHERE s.user_id = $1
      UNION SELECT s.provider, s.customer_id FROM entitlements.subscription s
        WHERE s.user_id = $1 AND s.customer_id IS NOT NULL
      UNION SELECT l.provider, l.external_id FROM entitlements.link l WHERE l.user_id = $1
      """;

  /** What of the room is shown to a user who asks. */
  public static final List<Source> SOURCES =
      List.of(
          Source.of(
              "subscription",
              "entitlements.subscription",
              "t.user_id = $1",
              "t.provider",
              "t.subscription_id"),
          new Source(
              "subscription_past",
              "t.*",
              "entitlements.subscription_past t",
              "t.user_id = $1",
              List.of("t.provider", "t.subscription_id", "t.valid_from"),
              List.of("text", "text", "timestamptz"),
              List.of("", "", "-infinity")),
          Source.of(
              "billing_link", "entitlements.link", "t.user_id = $1", "t.provider", "t.external_id"),
          Source.of(
              "billing_link_past",
              "entitlements.link_past",
              "t.user_id = $1",
              "t.provider",
              "t.external_id",
              "t.event_id"),
          Source.of(
              "billing_features",
              "entitlements.customer_feature",
              """
              (t.provider, t.customer_id) IN (%s)
              """
                  .formatted(OWN_IDS),
              "t.provider",
              "t.customer_id"),
          new Source(
              "billing_features_past",
              "t.*",
              "entitlements.customer_feature_past t",
              """
              (t.provider, t.customer_id) IN (%s)
              """
                  .formatted(OWN_IDS),
              List.of("t.provider", "t.customer_id", "t.valid_from", "t.event_id"),
              List.of("text", "text", "timestamptz", "text"),
              List.of("", "", "-infinity", "")),
          new Source(
              "webhook",
              """
              t.provider, t.event_id, t.type AS event_type, t.created_at, t.received_at, t.subscription_id, t.customer_id,
              t.outcome, t.payload
              """,
              "entitlements.webhook_inbox t",
              """
              (t.provider, coalesce(t.subscription_id, t.customer_id)) IN (%s)
              """
                  .formatted(OWN_IDS),
              List.of("t.provider", "t.event_id"),
              List.of("text", "text"),
              List.of("", "")),
          Source.of(
              "override",
              "entitlements.override",
              "t.kind = 'user' AND t.id = $1",
              "t.kind",
              "t.id"),
          new Source(
              "override_change",
              "t.*",
              "entitlements.override_history t",
              "t.kind = 'user' AND t.id = $1",
              List.of("t.revision"),
              List.of("bigint"),
              List.of("0")),
          Source.of(
              "account_member", "entitlements.account_member", "t.user_id = $1", "t.account_id"),
          new Source(
              "account_member_past",
              "t.account_id, t.valid_from, t.valid_to",
              "entitlements.account_member_past t",
              "t.user_id = $1",
              List.of("t.account_id", "t.valid_from"),
              List.of("text", "timestamptz"),
              List.of("", "-infinity")),
          new Source(
              "ledger_usage",
              "t.*",
              "entitlements.ledger_usage t",
              "t.user_id = $1",
              List.of("t.feature", "t.bucket"),
              List.of("text", "integer"),
              List.of("", "-1")),
          new Source(
              "ledger_order",
              "t.id, t.feature, t.amount, t.granted, t.state, t.settled, t.ordered_at",
              "entitlements.ledger_order t",
              "t.user_id = $1",
              List.of("t.id"),
              List.of("uuid"),
              List.of("00000000-0000-0000-0000-000000000000")));

  private static final String EMPTIED =
      "SET payload = '{}', outcome = 'erased', subscription_id = NULL, customer_id = NULL";

  private static final String OWN_DELIVERIES =
      """
      UPDATE entitlements.webhook_inbox i %s
      FROM (%s) AS own
      WHERE i.provider = own.provider
        AND (i.subscription_id = own.id OR i.subscription_id IS NULL AND i.customer_id = own.id)
      """
          .formatted(EMPTIED, OWN_IDS);

  /**
   * What names a user in a column; $1 is the id. A table that is added to the room belongs here.
   */
  private static final List<String> OWN_ROWS =
      List.of(
          """
          DELETE FROM entitlements.customer_feature f USING (%s) AS own
          WHERE f.provider = own.provider AND f.customer_id = own.id
          """
              .formatted(OWN_IDS),
          """
          DELETE FROM entitlements.customer_feature_past f USING (%s) AS own
          WHERE f.provider = own.provider AND f.customer_id = own.id
          """
              .formatted(OWN_IDS),
          // Whatever it was before it was the user's goes with the deliveries that it comes from.
          """
          DELETE FROM entitlements.subscription_past p USING (%s) AS own
          WHERE p.provider = own.provider AND p.subscription_id = own.id
          """
              .formatted(OWN_IDS),
          "DELETE FROM entitlements.subscription_past WHERE user_id = $1",
          "DELETE FROM entitlements.subscription WHERE user_id = $1",
          "DELETE FROM entitlements.link WHERE user_id = $1 OR external_id = $1",
          "DELETE FROM entitlements.link_past WHERE user_id = $1 OR external_id = $1",
          "DELETE FROM entitlements.user_revision WHERE user_id = $1",
          "DELETE FROM entitlements.override WHERE kind = 'user' AND id = $1",
          "DELETE FROM entitlements.override_history WHERE kind = 'user' AND id = $1",
          "DELETE FROM entitlements.account_member WHERE user_id = $1",
          "DELETE FROM entitlements.account_member_past WHERE user_id = $1",
          "DELETE FROM entitlements.ledger_usage WHERE user_id = $1",
          "DELETE FROM entitlements.ledger_order WHERE user_id = $1");

  // The places where a delivery says whose it is, in the payloads of every provider.
  private static final String ABOUT_THE_USER =
      """
      UPDATE entitlements.webhook_inbox %s
      WHERE ctid >= $1::text::tid AND ctid < $2::text::tid AND strpos(payload::text, $3) > 0
        AND (jsonb_path_exists(payload, '$.**.user_id ? (@ == $user)', jsonb_build_object('user', $4::text))
             OR jsonb_path_exists(payload, '$.**.client_reference_id ? (@ == $user)', jsonb_build_object('user', $4::text)))
      """
          .formatted(EMPTIED);

  private static final Table INBOX =
      new Table(
          "entitlements.webhook_inbox",
          "entitlements.webhook_inbox",
          "true",
          "$4::text IS NOT NULL",
          List.of("type", "subscription_id", "customer_id"),
          List.of("payload"));

  // Operators write notes, of other users and of accounts too.
  private static final List<Table> NOTES =
      List.of(
          notes("entitlements.override", "definition"),
          notes("entitlements.override_history", "before", "after"));

  private static final MentionScan.Step NOTHING =
      (connection, first, end) -> Future.succeededFuture();

  private final Pool pool;
  private final MentionScan mentions;

  public PgUserErasure(Pool pool) {
    this.pool = pool;
    this.mentions = new MentionScan(pool);
  }

  @Override
  public Future<Void> erase(Pass pass) {
    Mention mention = new Mention(pass.userId());
    return pool.withTransaction(connection -> own(connection, Tuple.of(pass.userId())))
        .compose(
            done ->
                mentions.run(
                    INBOX,
                    mention,
                    (connection, first, end) ->
                        connection
                            .preparedQuery(ABOUT_THE_USER)
                            .execute(Tuple.of(first, end, mention.inJson(), mention.id()))))
        .compose(done -> mentions.run(NOTES.get(0), mention, NOTHING))
        .compose(done -> mentions.run(NOTES.get(1), mention, NOTHING));
  }

  private static Table notes(String table, String... documents) {
    return new Table(table, table, "true", "$4::text IS NOT NULL", List.of(), List.of(documents));
  }

  private static Future<Void> own(SqlConnection connection, Tuple user) {
    Future<Void> done = connection.preparedQuery(OWN_DELIVERIES).execute(user).mapEmpty();
    for (String sql : OWN_ROWS) {
      done = done.compose(before -> connection.preparedQuery(sql).execute(user).mapEmpty());
    }
    return done;
  }
}
