package io.growthbus.entitlements.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.entitlements.core.Projection;
import io.growthbus.entitlements.core.Subscription;
import io.growthbus.entitlements.core.SubscriptionEvents;
import io.growthbus.entitlements.store.SubscriptionStore.Delivery;
import io.growthbus.entitlements.store.SubscriptionStore.DeliveryReader;
import io.growthbus.entitlements.store.SubscriptionStore.Received;
import io.growthbus.entitlements.store.SubscriptionStore.UserSubscriptions;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class PgSubscriptionStoreIT extends SubscriptionStoreContract {
  private static final Vertx VERTX = Vertx.vertx();
  private static final PostgresSettings DATABASE = TestPostgres.freshDatabase();
  private static final PgSubscriptionStore NODE_1 = node();
  private static final PgSubscriptionStore NODE_2 = node();

  private static PgSubscriptionStore node() {
    return new PgSubscriptionStore(
        Postgres.pool(VERTX, DATABASE, "entitlements", 4),
        Postgres.pool(VERTX, DATABASE, "entitlements", 2));
  }

  @AfterAll
  static void stop() {
    Await.result(Future.all(NODE_1.close(), NODE_2.close()).compose(done -> VERTX.close()));
  }

  @Override
  SubscriptionStore store() {
    return NODE_1;
  }

  private static List<String> column(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(TestPostgres.jdbcUrl(DATABASE));
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    }
  }

  /** Delivers all at once, by turns over both nodes. */
  private List<Received> deliverAtOnce(List<BillingEvent> deliveries) {
    List<Future<Received>> received = new ArrayList<>();
    for (int i = 0; i < deliveries.size(); i++) {
      received.add(deliver(i % 2 == 0 ? NODE_1 : NODE_2, deliveries.get(i)));
    }
    return received.stream().map(Await::result).toList();
  }

  @RepeatedTest(10)
  void any_order_and_repetition_over_two_nodes_at_once_ends_in_one_state(RepetitionInfo run) {
    SubscriptionEvents sub = subscription("sub", false);
    List<BillingEvent> life =
        List.of(
            sub.created(id("a"), 100, "incomplete"),
            sub.updated(id("b"), 100, "active"),
            sub.checkout(id("c"), 100, name + "buyer"),
            sub.failed(id("d"), 200),
            sub.updated(id("e"), 201, "past_due"),
            sub.paid(id("f"), 300),
            sub.updated(id("g"), 301, "active"));
    Random random = new Random(run.getCurrentRepetition());
    List<BillingEvent> deliveries = new ArrayList<>(life);
    life.forEach(event -> deliveries.addAll(Collections.nCopies(random.nextInt(3), event)));
    Collections.shuffle(deliveries, random);

    List<Received> received = deliverAtOnce(deliveries);

    assertThat(of("buyer").subscriptions())
        .containsExactly(Projection.of(life).orElseThrow().of(name + "buyer"));
    assertThat(received.stream().filter(r -> !r.outcome().equals("duplicate")))
        .hasSize(life.size());
  }

  @Test
  void all_720_orders_of_six_events_handed_to_two_nodes_at_once_end_in_one_state() {
    long seed = System.nanoTime();
    System.out.printf("720 orders over two nodes: seed %d%n", seed);
    List<List<Integer>> orders = orders(6);
    Deque<List<Future<Received>>> under = new ArrayDeque<>();
    for (int run = 0; run < orders.size(); run++) {
      Random random = new Random(seed + run);
      List<BillingEvent> life = life("run" + run);
      List<Integer> order = new ArrayList<>();
      orders.get(run).forEach(one -> order.addAll(Collections.nCopies(1 + random.nextInt(3), one)));
      // Handed over in this order, each copy to one of the nodes, and nobody waits for another.
      List<Future<Received>> received = new ArrayList<>();
      for (int event : order) {
        received.add(deliver(random.nextBoolean() ? NODE_1 : NODE_2, life.get(event)));
      }
      under.add(received);
      if (under.size() == 8) {
        under.remove().forEach(Await::result);
      }
    }
    under.forEach(received -> received.forEach(Await::result));

    for (int run = 0; run < orders.size(); run++) {
      String buyer = "run" + run + "buyer";
      Subscription model = Projection.of(life("run" + run)).orElseThrow().of(name + buyer);
      UserSubscriptions known = of(buyer);
      assertThat(known.subscriptions())
          .as("order %s, seed %d", orders.get(run), seed)
          .containsExactly(model);
      assertThat(known.revision()).as("seed %d", seed).isBetween(1L, 6L);
    }
  }

  /** Six events of a subscription that is begun, linked, fails, is paid, and ends. */
  private List<BillingEvent> life(String run) {
    SubscriptionEvents sub =
        new SubscriptionEvents(name + run + "sub", name + run + "cus", null, "pro");
    String event = run + "_";
    return List.of(
        sub.created(id(event + "a"), 100, "incomplete"),
        sub.updated(id(event + "b"), 100, "active"),
        sub.checkout(id(event + "c"), 100, name + run + "buyer"),
        sub.failed(id(event + "d"), 200),
        sub.updated(id(event + "e"), 201, "past_due"),
        sub.deleted(id(event + "f"), 201));
  }

  /** Every order of the numbers below one. */
  private static List<List<Integer>> orders(int below) {
    if (below == 0) {
      return List.of(List.of());
    }
    List<List<Integer>> orders = new ArrayList<>();
    for (List<Integer> shorter : orders(below - 1)) {
      for (int place = 0; place < below; place++) {
        List<Integer> longer = new ArrayList<>(shorter);
        longer.add(place, below - 1);
        orders.add(longer);
      }
    }
    return orders;
  }

  @Test
  void revisions_given_out_at_once_are_distinct_and_without_gaps() {
    List<BillingEvent> changes = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      // Different customers and subscriptions: only the user is shared.
      changes.add(
          new SubscriptionEvents(id("sub" + i), id("cus" + i), name + "user", "pro")
              .created(id("e" + i), 100, "active"));
    }

    assertThat(
            deliverAtOnce(changes).stream()
                .map(received -> received.revisions().get(name + "user")))
        .containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(1, 30).boxed().toList());
    assertThat(of("user").revision()).isEqualTo(30);
  }

  @Test
  void many_copies_of_one_delivery_at_once_are_applied_once() throws SQLException {
    BillingEvent event = subscription("sub", true).created(id("e1"), 100, "active");

    List<Received> received = deliverAtOnce(Collections.nCopies(50, event));

    assertThat(received.stream().filter(r -> r.outcome().equals("applied"))).hasSize(1);
    assertThat(received.stream().filter(r -> r.outcome().equals("duplicate"))).hasSize(49);
    assertThat(of("user").revision()).isEqualTo(1);
    assertThat(
            column(
                "SELECT count(*) FROM entitlements.webhook_inbox WHERE event_id = '%s'"
                    .formatted(id("e1"))))
        .containsExactly("1");
  }

  @Test
  void a_correction_whose_answer_was_lost_tells_the_revision_when_it_is_repeated() {
    BillingEvent event = subscription("sub", true).updated(id("e1"), 100, "active");
    Delivery said = new Delivery("stripe", event, "a.type", "{\"id\":\"" + id("e1") + "\"}", 1);
    DeliveryReader reader = (provider, eventId, payload) -> Optional.of(event);

    assertThat(Await.result(NODE_1.correct(said, reader)))
        .contains(new Received("applied", Map.of(name + "user", 1L)));
    assertThat(Await.result(NODE_2.correct(said, reader)))
        .contains(new Received("duplicate", Map.of(name + "user", 1L)));
    assertThat(of("user").revision()).isEqualTo(1);
  }

  @Test
  void the_inbox_shows_what_became_of_each_delivery() throws SQLException {
    SubscriptionEvents sub = subscription("sub", false);
    deliver(sub.created(id("1"), 100, "active"));
    deliver(sub.checkout(id("2"), 101, name + "buyer"));
    deliver(sub.updated(id("3"), 200, "active"));
    deliver(sub.updated(id("4"), 150, "active"));

    assertThat(
            column(
                "SELECT outcome FROM entitlements.webhook_inbox WHERE event_id LIKE '%s%%'"
                        .formatted(name)
                    + " ORDER BY event_id"))
        .containsExactly("unlinked", "applied", "applied", "superseded");
  }

  @Test
  void a_payload_that_postgresql_refuses_leaves_nothing_behind() throws SQLException {
    BillingEvent event = subscription("sub", true).created(id("e1"), 100, "active");
    Delivery poisoned = new Delivery("stripe", event, "a.type", "{\"id\":\"\\u0000\"}", 1);

    Throwable failure =
        Await.failure(
            NODE_1.receive(
                poisoned, (provider, eventId, payload) -> Optional.<BillingEvent>empty()));

    assertThat(Postgres.isPoison(failure)).isTrue();
    assertThat(of("user").revision()).isZero();
    assertThat(
            column(
                "SELECT event_id FROM entitlements.webhook_inbox WHERE event_id = '%s'"
                    .formatted(id("e1"))))
        .isEmpty();
  }

  @Test
  void every_component_of_a_subscription_comes_back_as_it_was_stored() {
    BillingEvent event =
        new BillingEvent.SubscriptionReported(
            id("e1"),
            100_000,
            1,
            name + "sub",
            name + "cus",
            name + "user",
            "pro",
            "past_due",
            1_001L,
            1_002L,
            1_003L,
            true,
            false);
    BillingEvent odd =
        new BillingEvent.SubscriptionReported(
            id("e2"),
            200_000,
            1,
            name + "sub",
            name + "cus",
            name + "user",
            "pro",
            "hibernating",
            1_001L,
            1_002L,
            1_003L,
            true,
            false);
    deliver(event);
    deliver(odd);

    assertThat(of("user").subscriptions())
        .containsExactly(
            new Subscription(
                name + "sub",
                name + "cus",
                name + "user",
                "pro",
                "past_due",
                1_001L,
                1_002L,
                1_003L,
                true,
                100_000L,
                200_000L,
                200_000));
  }
}
