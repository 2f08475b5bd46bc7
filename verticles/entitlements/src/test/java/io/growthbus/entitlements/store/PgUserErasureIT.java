package io.growthbus.entitlements.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.erasure.Erasures.Pass;
import io.growthbus.shared.erasure.UserExport;
import io.growthbus.shared.message.ExportPage;
import io.growthbus.shared.message.ExportUser;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PgUserErasureIT {
  private static final Vertx VERTX = Vertx.vertx();
  private final PostgresSettings database = TestPostgres.freshDatabase();
  private final Pool room = Postgres.pool(VERTX, database, "entitlements", 2);

  @BeforeEach
  void fill() {
    subscription("sub_ada", "ada-17");
    subscription("sub_bob", "bob");
    query("INSERT INTO entitlements.link VALUES ('stripe', 'cus_ada', 'ada-17', now(), 'evt_0')");
    query("INSERT INTO entitlements.user_revision VALUES ('ada-17', 3), ('bob', 1)");
    delivery("evt_1", "sub_ada", "{\"data\":{\"object\":{\"metadata\":{\"user_id\":\"ada-17\"}}}}");
    delivery("evt_2", "sub_ada", "{\"data\":{\"object\":{\"amount\":17}}}");
    delivery("evt_3", "sub_gone", "{\"data\":{\"object\":{\"client_reference_id\":\"ada-17\"}}}");
    delivery(
        "evt_4",
        "sub_bob",
        "{\"data\":{\"object\":{\"metadata\":{\"user_id\":\"bob\",\"note\":\"friend of ada-17\"}}}}");
    query(
        "INSERT INTO entitlements.link_past VALUES ('stripe', 'cus_ada', 'evt_0', 'ada-17', now())");
    query(
        """
        INSERT INTO entitlements.subscription_past (provider, subscription_id, valid_from, customer_id, user_id, tier, status,
                                                    cancel_at_period_end, last_event_at)
        SELECT provider, subscription_id, last_event_at, customer_id, user_id, tier, status, false, last_event_at
        FROM entitlements.subscription
        """);
    for (String user : new String[] {"ada-17", "bob"}) {
      query("INSERT INTO entitlements.account_member_past VALUES ('acme', $1, now())", user);
      override("user", user, "as ada-17 asked");
      query("INSERT INTO entitlements.account_member VALUES ('acme', $1, now())", user);
      query(
          "SELECT entitlements.ledger_use($1, 'k1', 'exports', 2, NULL, 10, false, 0, 0, NULL, 1)",
          user);
      query(
          "SELECT entitlements.ledger_use($1, 'k2', 'exports', 2, 1000, 10, false, 0, 0, NULL, 1)",
          user);
    }
    override("account", "ada-17", "as ada-17 asked");
  }

  private void override(String kind, String id, String note) {
    query(
        "INSERT INTO entitlements.override VALUES ($1, $2, jsonb_build_object('note', $3::text), nextval('entitlements.override_revision'), now())",
        kind,
        id,
        note);
    query(
        """
        INSERT INTO entitlements.override_history
        SELECT revision, kind, id, 'operator', changed_at, NULL, definition FROM entitlements.override WHERE kind = $1 AND id = $2
        """,
        kind,
        id);
  }

  @AfterAll
  static void close() {
    Await.result(VERTX.close());
  }

  private List<Row> query(String sql, Object... parameters) {
    List<Row> rows = new ArrayList<>();
    Await.result(room.preparedQuery(sql).execute(Tuple.wrap(List.of(parameters))))
        .forEach(rows::add);
    return rows;
  }

  private void subscription(String id, String user) {
    query(
        """
        INSERT INTO entitlements.subscription (provider, subscription_id, customer_id, user_id, tier, status,
                                               cancel_at_period_end, last_event_at)
        VALUES ('stripe', $1, 'cus_team', $2, 'pro', 'active', false, now())
        """,
        id,
        user);
  }

  private void delivery(String id, String subscription, String payload) {
    query(
        """
        INSERT INTO entitlements.webhook_inbox
        VALUES ('stripe', $1, 'customer.subscription.updated', now(), now(), $2, 'cus_team', $3::text::jsonb, 'applied')
        """,
        id,
        subscription,
        payload);
  }

  private List<String> inbox() {
    return query(
            "SELECT event_id || ' ' || outcome || ' ' || coalesce(subscription_id, '-') || ' ' || payload::text FROM entitlements.webhook_inbox ORDER BY event_id")
        .stream()
        .map(row -> row.getString(0))
        .toList();
  }

  @Test
  void of_the_users_deliveries_only_their_ids_stay_and_of_others_all_but_the_mention() {
    Await.result(new PgUserErasure(room).erase(new Pass(UUID.randomUUID(), "ada-17", true, false)));
    assertThat(inbox())
        .containsExactly(
            "evt_1 erased - {}",
            "evt_2 erased - {}",
            "evt_3 erased - {}",
            "evt_4 applied sub_bob {\"data\": {\"object\": {\"metadata\": {\"note\": \"friend of [erased]\", \"user_id\": \"bob\"}}}}");
    assertThat(query("SELECT user_id FROM entitlements.subscription"))
        .extracting(row -> row.getString(0))
        .containsExactly("bob");
    assertThat(query("SELECT user_id FROM entitlements.user_revision"))
        .extracting(row -> row.getString(0))
        .containsExactly("bob");
    assertThat(query("SELECT user_id FROM entitlements.subscription_past"))
        .extracting(row -> row.getString(0))
        .containsExactly("bob");
    assertThat(query("SELECT 1 FROM entitlements.link")).isEmpty();
    assertThat(query("SELECT 1 FROM entitlements.link_past")).isEmpty();
  }

  @Test
  void what_is_about_the_customer_as_a_whole_goes_too() {
    for (String customer : new String[] {"cus_ada", "cus_zoe"}) {
      query(
          """
          INSERT INTO entitlements.webhook_inbox
          VALUES ('stripe', 'evt_' || $1, 'invoice.created', now(), now(), NULL, $1, '{"email":"x"}', 'ignored')
          """,
          customer);
      query(
          "INSERT INTO entitlements.customer_feature VALUES ('stripe', $1, '{sso}', now(), 'evt_0')",
          customer);
      query(
          "INSERT INTO entitlements.customer_feature_past VALUES ('stripe', $1, now(), 'evt_0', '{sso}')",
          customer);
    }
    UserExport export = new UserExport(room, PgUserErasure.SOURCES);
    List<String> shown = new ArrayList<>();
    String next = null;
    do {
      var page = Await.result(export.page(new ExportUser("ada-17", next)));
      shown.addAll(page.lines());
      next = page.next();
    } while (next != null);
    assertThat(shown).anyMatch(line -> line.contains("evt_cus_ada"));

    Await.result(new PgUserErasure(room).erase(new Pass(UUID.randomUUID(), "ada-17", true, false)));

    assertThat(inbox())
        .contains("evt_cus_ada erased - {}", "evt_cus_zoe ignored - {\"email\": \"x\"}");
    for (String table : new String[] {"customer_feature", "customer_feature_past"}) {
      assertThat(query("SELECT customer_id FROM entitlements." + table))
          .extracting(row -> row.getString(0))
          .containsExactly("cus_zoe");
    }
  }

  @Test
  void
      of_overrides_members_and_the_ledger_only_what_is_of_others_stays_and_accounts_are_no_users() {
    Await.result(new PgUserErasure(room).erase(new Pass(UUID.randomUUID(), "ada-17", true, false)));
    for (String table : new String[] {"override", "override_history"}) {
      assertThat(query("SELECT kind || ' ' || id FROM entitlements." + table + " ORDER BY kind"))
          .as(table)
          .extracting(row -> row.getString(0))
          .containsExactly("account ada-17", "user bob");
    }
    for (String table :
        new String[] {"account_member", "account_member_past", "ledger_usage", "ledger_order"}) {
      assertThat(query("SELECT DISTINCT user_id FROM entitlements." + table))
          .as(table)
          .extracting(row -> row.getString(0))
          .containsExactly("bob");
    }
    assertThat(
            query(
                "SELECT definition->>'note' FROM entitlements.override UNION SELECT after->>'note' FROM entitlements.override_history"))
        .extracting(row -> row.getString(0))
        .containsExactly("as [erased] asked");
  }

  @Test
  void an_export_has_subscriptions_links_and_deliveries() {
    UserExport export = new UserExport(room, PgUserErasure.SOURCES);
    List<String> types = new ArrayList<>();
    String after = null;
    do {
      ExportPage page = Await.result(export.page(new ExportUser("ada-17", after)));
      page.lines().forEach(line -> types.add(new JsonObject(line).getString("type")));
      after = page.next();
    } while (after != null);
    assertThat(types)
        .containsExactly(
            "subscription",
            "subscription_past",
            "billing_link",
            "billing_link_past",
            "webhook",
            "webhook",
            "override",
            "override_change",
            "account_member",
            "account_member_past",
            "ledger_usage",
            "ledger_order",
            "ledger_order");
  }
}
