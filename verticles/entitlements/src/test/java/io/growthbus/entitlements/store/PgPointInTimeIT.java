package io.growthbus.entitlements.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.entitlements.core.BillingEvent.CustomerDeleted;
import io.growthbus.entitlements.core.BillingEvent.FeaturesReported;
import io.growthbus.entitlements.core.BillingEvent.SubscriptionReported;
import io.growthbus.entitlements.core.Overrides.Said;
import io.growthbus.entitlements.core.Subscription;
import io.growthbus.entitlements.core.SubscriptionEvents;
import io.growthbus.entitlements.core.Terms;
import io.growthbus.entitlements.store.SubscriptionStore.Delivery;
import io.growthbus.entitlements.store.SubscriptionStore.UserSubscriptions;
import io.growthbus.shared.config.EntitlementOverride;
import io.growthbus.shared.message.OverrideSubject;
import io.growthbus.shared.message.OverrideSubject.Kind;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What was the case at a moment, against a model that looks at what had happened by then. */
class PgPointInTimeIT {
  private static final int HISTORIES = 40;
  private static final int FIRST_S = 100;
  private static final int SECONDS = 24;
  private static final Vertx VERTX = Vertx.vertx();
  private static final PostgresSettings DATABASE = TestPostgres.freshDatabase();
  private static final Pool POOL = Postgres.pool(VERTX, DATABASE, "entitlements", 4);
  private static final Pool OTHER = Postgres.pool(VERTX, DATABASE, "entitlements", 4);
  private static final PgSubscriptionStore NODE_1 = new PgSubscriptionStore(POOL, POOL);
  private static final PgSubscriptionStore NODE_2 = new PgSubscriptionStore(OTHER, OTHER);
  private static final OverrideStore OVERRIDES = new PgOverrideStore(POOL);

  @AfterAll
  static void stop() {
    Await.result(Future.all(POOL.close(), OTHER.close()).compose(done -> VERTX.close()));
  }

  private static EntitlementOverride override(Random random) {
    return new EntitlementOverride(
        random.nextBoolean() ? "pro" : "enterprise",
        Map.of("exports", (long) random.nextInt(100)),
        List.of(),
        Map.of("sso", random.nextBoolean()),
        random.nextBoolean() ? null : (FIRST_S + random.nextInt(SECONDS)) * 1_000L,
        random.nextBoolean(),
        null);
  }

  /** One world of two users, an account and three subscriptions, and how it came about. */
  private static final class History {
    private final String name;
    private final Random random;
    private final Map<String, BillingEvent> events = new HashMap<>();
    private final PastModel model;
    private int ids;

    History(String name, Random random) {
      this.name = name;
      this.random = random;
      this.model = new PastModel(name);
    }

    private int second() {
      return FIRST_S + random.nextInt(SECONDS);
    }

    private String user() {
      return name + (random.nextBoolean() ? "ada" : "bob");
    }

    private <T> T any(List<T> values) {
      return values.get(random.nextInt(values.size()));
    }

    /** Ids sort in another order than they are given out. */
    private String id() {
      return name + Integer.toHexString(Integer.reverse(++ids));
    }

    private BillingEvent event() {
      String status = any(List.of("incomplete", "active", "trialing", "past_due", "odd"));
      SubscriptionEvents sub =
          random.nextBoolean()
              ? new SubscriptionEvents(name + "s1", name + "cus", null, "pro")
              : new SubscriptionEvents(name + "s2", name + "cus", name + "ada", "pro");
      return switch (random.nextInt(12)) {
        case 0, 1 -> sub.created(id(), second(), status);
        case 2, 3, 4 -> sub.updated(id(), second(), status);
        case 5 -> sub.failed(id(), second());
        case 6 -> sub.paid(id(), second());
        case 7, 8 -> sub.checkout(id(), second(), user());
        case 9 ->
            new FeaturesReported(
                id(), second() * 1_000L, name + "cus", List.of("f" + random.nextInt(5)), true);
        case 10 -> rareEnd(sub);
        default -> ofAccount(status);
      };
    }

    private BillingEvent rareEnd(SubscriptionEvents sub) {
      return random.nextInt(4) == 0
          ? new CustomerDeleted(id(), second() * 1_000L, name + "cus")
          : sub.deleted(id(), second());
    }

    /** Counted by the provider, in another order than time. */
    private BillingEvent ofAccount(String status) {
      return new SubscriptionReported(
          id(),
          second() * 1_000L,
          random.nextInt(10),
          1,
          name + "s3",
          null,
          null,
          name + "acme",
          "enterprise",
          Terms.NONE,
          status,
          SubscriptionEvents.PERIOD_END_MS,
          null,
          null,
          false,
          false);
    }

    void happen() {
      List<BillingEvent> deliveries = new ArrayList<>();
      int count = 4 + random.nextInt(10);
      for (int i = 0; i < count; i++) {
        BillingEvent event = event();
        events.put(event.eventId(), event);
        model.add(event);
        deliveries.addAll(Collections.nCopies(1 + random.nextInt(2), event));
      }
      Collections.shuffle(deliveries, random);
      List<Future<?>> under = new ArrayList<>();
      deliveries.forEach(event -> under.add(deliver(event)));
      for (int second = FIRST_S; second < FIRST_S + SECONDS; second += 1 + random.nextInt(5)) {
        order(second * 1_000L + 500);
      }
      under.forEach(Await::result);
    }

    private Future<?> deliver(BillingEvent event) {
      String payload = "{\"id\":\"" + event.eventId() + "\"}";
      return (random.nextBoolean() ? NODE_1 : NODE_2)
          .receive(
              new Delivery("stripe", event, "a.type", payload, 1),
              (provider, eventId, text) -> Optional.ofNullable(events.get(eventId)));
    }

    /** An operator changes something; orders are given in the order of time. */
    private void order(long atMs) {
      if (random.nextBoolean()) {
        boolean member = random.nextInt(3) > 0;
        Await.result(OVERRIDES.member(name + "acme", name + "bob", member, atMs));
        model.member(atMs, member);
        return;
      }
      OverrideSubject subject =
          random.nextBoolean()
              ? new OverrideSubject(Kind.USER, name + "bob")
              : new OverrideSubject(Kind.ACCOUNT, name + "acme");
      boolean there = model.override(subject, Long.MAX_VALUE).isPresent();
      Optional<EntitlementOverride> next =
          there && random.nextBoolean() ? Optional.empty() : Optional.of(override(random));
      Await.result(OVERRIDES.change(subject, next, "operator", null, atMs));
      model.override(subject, atMs, next);
    }
  }

  private static void assertSame(UserSubscriptions known, UserSubscriptions model, String where) {
    assertThat(known.subscriptions())
        .as(where)
        .containsExactlyInAnyOrderElementsOf(model.subscriptions());
    assertThat(known.features()).as(where).isEqualTo(model.features());
    assertThat(known.said()).as(where).isEqualTo(model.said());
  }

  @Test
  void every_moment_of_any_history_is_what_had_happened_by_then_in_whatever_order_it_was_told() {
    long seed = System.nanoTime();
    System.out.printf("point in time: seed %d%n", seed);
    for (int run = 0; run < HISTORIES; run++) {
      Random random = new Random(seed + run);
      History history = new History("h" + run + "_", random);
      history.happen();
      for (String user : List.of(history.name + "ada", history.name + "bob")) {
        for (int second = FIRST_S - 1; second <= FIRST_S + SECONDS; second++) {
          // The very moment, the last one before it, and one in between.
          long at = second * 1_000L + any(random, 0, -1, 500);
          assertSame(
              Await.result(NODE_1.ofUserAt(user, at)),
              history.model.at(user, at),
              "seed %d, run %d, %s at %d".formatted(seed, run, user, at));
        }
        assertSame(
            Await.result(NODE_2.ofUser(user)),
            Await.result(NODE_1.ofUserAt(user, (FIRST_S + SECONDS) * 1_000L)),
            "now, seed %d, run %d, %s".formatted(seed, run, user));
      }
    }
  }

  private static int any(Random random, int... values) {
    return values[random.nextInt(values.length)];
  }

  @Test
  void before_anything_happened_nothing_was_known() {
    UserSubscriptions nothing = Await.result(NODE_1.ofUserAt("nobody", 5));

    assertThat(nothing).isEqualTo(new UserSubscriptions(List.<Subscription>of(), 0, Said.NOTHING));
    assertThat(nothing.features()).isEqualTo(Set.of());
  }
}
