package io.growthbus.entitlements.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.entitlements.core.BillingEvent.CheckoutCompleted;
import io.growthbus.entitlements.core.BillingEvent.Unrelated;
import io.growthbus.entitlements.core.Subscription;
import io.growthbus.entitlements.core.SubscriptionEvents;
import io.growthbus.entitlements.store.SubscriptionStore.Delivery;
import io.growthbus.entitlements.store.SubscriptionStore.Received;
import io.growthbus.entitlements.store.SubscriptionStore.UserSubscriptions;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What every store of subscriptions keeps to. */
abstract class SubscriptionStoreContract {
  private static final AtomicInteger NAMES = new AtomicInteger();

  private final Map<String, BillingEvent> events = new ConcurrentHashMap<>();

  /** Distinguishes the ids of this test from those of all others in the same store. */
  final String name = "t" + NAMES.incrementAndGet() + "_";

  abstract SubscriptionStore store();

  /** Events of a subscription of this test's customer, which name neither or one user. */
  SubscriptionEvents subscription(String id, boolean namesUser) {
    return new SubscriptionEvents(name + id, name + "cus", namesUser ? name + "user" : null, "pro");
  }

  Future<Received> deliver(SubscriptionStore store, BillingEvent event) {
    events.put(event.eventId(), event);
    Delivery delivery =
        new Delivery("stripe", event, "a.type", "{\"id\":\"" + event.eventId() + "\"}", 1);
    return store.receive(delivery, this::read);
  }

  Received deliver(BillingEvent event) {
    return Await.result(deliver(store(), event));
  }

  /** The payload of these tests holds the id only. */
  private Optional<BillingEvent> read(String provider, String eventId, String payload) {
    return events.values().stream()
        .filter(event -> payload.contains("\"" + event.eventId() + "\""))
        .findFirst();
  }

  String id(String event) {
    return name + event;
  }

  UserSubscriptions of(String user) {
    return Await.result(store().ofUser(name + user));
  }

  @Test
  void of_an_unknown_user_nothing_is_known_at_revision_0() {
    assertThat(of("user")).isEqualTo(new UserSubscriptions(List.of(), 0));
  }

  @Test
  void a_report_becomes_a_subscription_of_its_user_at_revision_1() {
    Received received = deliver(subscription("sub", true).created(id("e1"), 100, "active"));

    assertThat(received).isEqualTo(new Received("applied", Map.of(name + "user", 1L)));
    assertThat(of("user"))
        .isEqualTo(
            new UserSubscriptions(
                List.of(
                    new Subscription(
                        name + "sub",
                        name + "cus",
                        name + "user",
                        "pro",
                        "active",
                        SubscriptionEvents.PERIOD_END_MS,
                        null,
                        null,
                        false,
                        null,
                        null,
                        100_000)),
                1));
  }

  @Test
  void a_duplicate_changes_nothing_and_tells_the_revision_again() {
    BillingEvent event = subscription("sub", true).created(id("e1"), 100, "active");
    deliver(event);
    UserSubscriptions before = of("user");

    assertThat(deliver(event)).isEqualTo(new Received("duplicate", Map.of(name + "user", 1L)));
    assertThat(of("user")).isEqualTo(before);
  }

  @Test
  void an_older_report_that_arrives_late_is_superseded() {
    SubscriptionEvents sub = subscription("sub", true);
    deliver(sub.updated(id("e2"), 200, "active"));

    assertThat(deliver(sub.created(id("e1"), 100, "incomplete")))
        .isEqualTo(new Received("superseded", Map.of()));
    assertThat(of("user").subscriptions())
        .singleElement()
        .satisfies(s -> assertThat(s.status()).isEqualTo("active"));
    assertThat(of("user").revision()).isEqualTo(1);
  }

  @Test
  void nothing_comes_back_after_the_end() {
    SubscriptionEvents sub = subscription("sub", true);
    deliver(sub.deleted(id("e1"), 100));

    assertThat(deliver(sub.updated(id("e2"), 200, "active")).outcome()).isEqualTo("superseded");
    assertThat(of("user").subscriptions())
        .singleElement()
        .satisfies(s -> assertThat(s.status()).isEqualTo("canceled"));
  }

  @Test
  void every_change_of_a_user_raises_the_revision_by_one() {
    SubscriptionEvents sub = subscription("sub", true);
    SubscriptionEvents other = subscription("sub_other", true);
    List<Long> revisions = new ArrayList<>();
    for (BillingEvent event :
        List.of(
            sub.created(id("e1"), 100, "incomplete"),
            sub.updated(id("e2"), 100, "active"),
            other.created(id("e3"), 150, "active"),
            sub.deleted(id("e4"), 200))) {
      revisions.add(deliver(event).revisions().get(name + "user"));
    }

    assertThat(revisions).containsExactly(1L, 2L, 3L, 4L);
    assertThat(of("user").revision()).isEqualTo(4);
    assertThat(of("user").subscriptions()).hasSize(2);
  }

  @Test
  void a_subscription_of_nobody_waits_until_a_checkout_names_its_user() {
    SubscriptionEvents sub = subscription("sub", false);

    assertThat(deliver(sub.created(id("e1"), 100, "active")))
        .isEqualTo(new Received("unlinked", Map.of()));
    assertThat(of("buyer")).isEqualTo(new UserSubscriptions(List.of(), 0));
    assertThat(deliver(sub.checkout(id("e2"), 101, name + "buyer")))
        .isEqualTo(new Received("applied", Map.of(name + "buyer", 1L)));
    assertThat(of("buyer").subscriptions())
        .singleElement()
        .satisfies(s -> assertThat(s.status()).isEqualTo("active"));
  }

  @Test
  void a_checkout_that_comes_first_links_what_comes_later() {
    SubscriptionEvents sub = subscription("sub", false);

    assertThat(deliver(sub.checkout(id("e1"), 100, name + "buyer")))
        .isEqualTo(new Received("applied", Map.of()));
    assertThat(deliver(sub.created(id("e2"), 99, "active")).revisions())
        .containsExactly(Map.entry(name + "buyer", 1L));
  }

  @Test
  void a_checkout_of_a_customer_links_every_subscription_of_that_customer() {
    deliver(subscription("sub_1", false).created(id("e1"), 100, "active"));
    deliver(subscription("sub_2", false).created(id("e2"), 101, "trialing"));

    deliver(new CheckoutCompleted(id("e3"), 102_000, null, name + "cus", name + "buyer"));

    assertThat(of("buyer").subscriptions())
        .extracting(Subscription::subscriptionId)
        .containsExactlyInAnyOrder(name + "sub_1", name + "sub_2");
  }

  @Test
  void the_user_that_a_subscription_names_itself_wins_over_the_link() {
    SubscriptionEvents sub = subscription("sub", true);
    deliver(sub.checkout(id("e1"), 200, name + "buyer"));
    deliver(sub.created(id("e2"), 100, "active"));

    assertThat(of("user").subscriptions()).hasSize(1);
    assertThat(of("buyer").subscriptions()).isEmpty();
  }

  @Test
  void a_subscription_that_moves_to_another_user_raises_both_revisions() {
    SubscriptionEvents sub = subscription("sub", false);
    deliver(sub.created(id("e1"), 100, "active"));
    deliver(sub.checkout(id("e2"), 101, name + "buyer"));

    Received moved = deliver(sub.checkout(id("e3"), 102, name + "heir"));

    assertThat(moved.revisions()).isEqualTo(Map.of(name + "buyer", 2L, name + "heir", 1L));
    assertThat(of("buyer").subscriptions()).isEmpty();
    assertThat(of("heir").subscriptions()).hasSize(1);
  }

  @Test
  void the_later_checkout_is_the_link_in_whatever_order_they_arrive() {
    SubscriptionEvents sub = subscription("sub", false);
    deliver(sub.created(id("e1"), 100, "active"));
    deliver(sub.checkout(id("e3"), 102, name + "heir"));
    deliver(sub.checkout(id("e2"), 101, name + "buyer"));

    assertThat(of("heir").subscriptions()).hasSize(1);
    assertThat(of("buyer")).isEqualTo(new UserSubscriptions(List.of(), 0));
  }

  @Test
  void a_payment_before_its_subscription_counts_once_that_is_reported() {
    SubscriptionEvents sub = subscription("sub", true);

    assertThat(deliver(sub.failed(id("e1"), 50)).outcome()).isEqualTo("unlinked");
    deliver(sub.updated(id("e2"), 100, "past_due"));
    assertThat(of("user").subscriptions())
        .singleElement()
        .satisfies(s -> assertThat(s.pastDueSinceMs()).isEqualTo(50_000));
  }

  @Test
  void an_event_that_concerns_no_subscription_is_kept_and_ignored() {
    Unrelated event = new Unrelated(id("e1"), 100_000, null, name + "cus");

    assertThat(deliver(event)).isEqualTo(new Received("ignored", Map.of()));
    assertThat(deliver(event)).isEqualTo(new Received("duplicate", Map.of()));
  }
}
