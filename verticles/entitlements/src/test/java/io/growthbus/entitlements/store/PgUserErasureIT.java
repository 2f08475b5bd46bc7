package io.growthbus.entitlements.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.activation.store.PgUserErasure;
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
    assertThat(query("SELECT 1 FROM entitlements.link")).isEmpty();
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
    assertThat(types).containsExactly("subscription", "billing_link", "webhook", "webhook");
  }
}
