package io.growthbus.entitlements.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.entitlements.core.LedgerPeriod;
import io.growthbus.entitlements.store.LedgerStore.Ordered;
import io.growthbus.entitlements.store.LedgerStore.Settled;
import io.growthbus.shared.config.GrowthConfig.MeterPeriod;
import io.growthbus.shared.message.SettleReservation;
import io.growthbus.shared.message.UseEntitlement;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class PgLedgerStoreIT {
  private static final long NOW = 1_795_540_000_000L;
  private static final long HOUR_MS = Duration.ofHours(1).toMillis();
  private static final long DAY_MS = Duration.ofDays(1).toMillis();
  private static final Vertx VERTX = Vertx.vertx();
  private static final PostgresSettings DATABASE = TestPostgres.freshDatabase();
  private static final List<Pool> POOLS = List.of(pool(), pool(), pool());
  private static final List<PgLedgerStore> NODES = POOLS.stream().map(PgLedgerStore::new).toList();
  private static final AtomicInteger USERS = new AtomicInteger();

  private final String user = "u" + USERS.incrementAndGet();
  private long nowMs = NOW;
  private MeterPeriod period = MeterPeriod.LIFETIME;

  private static Pool pool() {
    return Postgres.pool(VERTX, DATABASE, "entitlements", 4);
  }

  @AfterAll
  static void stop() {
    POOLS.forEach(pool -> Await.result(pool.close()));
    Await.result(VERTX.close());
  }

  private LedgerPeriod now() {
    return LedgerPeriod.at(period, nowMs);
  }

  private Future<Ordered> start(
      LedgerStore node, String key, long amount, @Nullable Long holdMs, @Nullable Long limit) {
    return node.use(
        new UseEntitlement(user, "exports", amount, key, holdMs), limit, false, now(), nowMs);
  }

  private Ordered use(String key, long amount, @Nullable Long limit) {
    return Await.result(start(NODES.get(0), key, amount, null, limit));
  }

  private Ordered hold(String key, long amount, long holdMs, long limit) {
    return Await.result(start(NODES.get(0), key, amount, holdMs, limit));
  }

  private Optional<Settled> settle(String id, boolean confirmed, @Nullable Long amount) {
    return Await.result(NODES.get(1).settle(new SettleReservation(id, confirmed, amount), nowMs));
  }

  private long taken() {
    return Await.result(NODES.get(2).taken(user, "exports", now(), nowMs));
  }

  @Test
  void two_hundred_orders_at_once_on_three_nodes_use_a_limit_of_fifty_up_exactly() {
    List<Future<Ordered>> orders = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      orders.add(start(NODES.get(i % 3), "k" + i, 1, null, 50L));
    }
    List<Ordered> answers = orders.stream().map(Await::result).toList();

    assertThat(answers.stream().filter(Ordered::granted)).hasSize(50);
    assertThat(answers.stream().filter(Ordered::granted).map(Ordered::usedThen))
        .doesNotHaveDuplicates();
    assertThat(taken()).isEqualTo(50);
  }

  @Test
  void many_copies_of_one_order_at_once_are_one_order_with_one_answer() {
    List<Future<Ordered>> orders = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      orders.add(start(NODES.get(i % 3), "same", 3, null, 50L));
    }

    assertThat(orders.stream().map(Await::result).distinct()).hasSize(1);
    assertThat(taken()).isEqualTo(3);
  }

  @Test
  void reservations_at_once_hold_no_more_than_the_limit_and_what_is_released_is_free_again() {
    List<Future<Ordered>> orders = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      orders.add(start(NODES.get(i % 3), "r" + i, 2, HOUR_MS, 21L));
    }
    List<Ordered> held = orders.stream().map(Await::result).filter(Ordered::granted).toList();
    assertThat(held).hasSize(10);
    assertThat(taken()).isEqualTo(20);

    List<Future<Optional<Settled>>> released =
        held.stream()
            .map(
                order -> NODES.get(0).settle(new SettleReservation(order.id(), false, null), nowMs))
            .toList();
    assertThat(released.stream().map(Await::result).map(Optional::orElseThrow))
        .allMatch(Settled::done);
    assertThat(taken()).isZero();
  }

  @Test
  void a_repetition_is_answered_as_the_first_time_whatever_has_happened_since() {
    Ordered refused = use("big", 11, 10L);
    assertThat(refused.granted()).isFalse();
    assertThat(use("big", 11, 100L)).isEqualTo(refused);
    Ordered granted = use("k", 4, 10L);
    use("k2", 5, 10L);

    assertThat(use("k", 4, 1L)).isEqualTo(granted);
    assertThat(taken()).isEqualTo(9);
  }

  @Test
  void a_key_is_the_users_own() {
    use("k", 4, 10L);
    Ordered other =
        Await.result(
            NODES
                .get(0)
                .use(
                    new UseEntitlement(user + "x", "exports", 9, "k", null),
                    10L,
                    false,
                    now(),
                    nowMs));

    assertThat(other.granted()).isTrue();
    assertThat(taken()).isEqualTo(4);
  }

  @Test
  void what_is_held_is_given_back_at_the_instant_its_time_is_over() {
    Ordered held = hold("r", 8, 60_000, 10);
    nowMs = NOW + 59_999;
    assertThat(taken()).isEqualTo(8);
    assertThat(use("k1", 8, 10L).granted()).isFalse();
    nowMs = NOW + 60_000;
    assertThat(taken()).isZero();
    assertThat(use("k2", 8, 10L).granted()).isTrue();

    Settled late = settle(held.id(), true, null).orElseThrow();
    assertThat(late.expired()).isTrue();
    assertThat(late.done()).isFalse();
    assertThat(settle(held.id(), false, null).orElseThrow().done()).isTrue();
    assertThat(taken()).isEqualTo(8);
  }

  @Test
  void of_what_is_held_only_what_was_used_is_confirmed_and_once() {
    Ordered held = hold("r", 8, 60_000, 10);

    assertThat(settle(held.id(), true, 9L).orElseThrow().done()).isFalse();
    assertThat(settle(held.id(), true, 3L).orElseThrow().done()).isTrue();
    assertThat(settle(held.id(), true, 3L).orElseThrow().done()).isTrue();
    assertThat(settle(held.id(), true, 4L).orElseThrow().done()).isFalse();
    assertThat(settle(held.id(), false, null).orElseThrow().done()).isFalse();
    assertThat(taken()).isEqualTo(3);
    assertThat(settle(UUID.randomUUID().toString(), true, null)).isEmpty();
  }

  @Test
  void a_reservation_is_settled_in_the_period_in_which_it_was_made() {
    period = MeterPeriod.MONTH;
    nowMs = now().resetsAtMs() == null ? NOW : now().resetsAtMs() - 1;
    Ordered held = hold("r", 8, HOUR_MS, 10);
    nowMs++;
    assertThat(taken()).isZero();
    settle(held.id(), true, null);

    assertThat(taken()).isZero();
    nowMs--;
    assertThat(taken()).isEqualTo(8);
  }

  @Test
  void a_window_forgets_day_by_day() {
    period = new MeterPeriod(3);
    use("d0", 4, 10L);
    nowMs += DAY_MS;
    use("d1", 3, 10L);
    nowMs += DAY_MS;
    assertThat(use("d2", 4, 10L).granted()).isFalse();
    nowMs += DAY_MS;
    assertThat(taken()).isEqualTo(3);
    assertThat(use("d3", 7, 10L).granted()).isTrue();
  }

  @Test
  void without_a_limit_everything_is_granted_and_still_counted() {
    assertThat(use("k", 1_000_000_000, null).granted()).isTrue();
    assertThat(taken()).isEqualTo(1_000_000_000);
  }

  @Test
  void old_keys_and_days_are_forgotten_and_what_is_held_or_recent_is_not() {
    period = new MeterPeriod(3);
    use("old", 1, 10L);
    hold("held", 1, 40 * DAY_MS, 10);
    nowMs += 39 * DAY_MS;
    use("new", 1, 10L);
    assertThat(Await.result(NODES.get(0).forget(nowMs - 35 * DAY_MS, now().since(), nowMs)))
        .isGreaterThanOrEqualTo(2);

    assertThat(rows("ledger_order")).isEqualTo(2);
    assertThat(rows("ledger_usage")).isEqualTo(1);
    assertThat(use("old", 2, 10L).amount()).isEqualTo(2);
  }

  private long rows(String table) {
    return Await.result(
        POOLS
            .get(0)
            .preparedQuery("SELECT count(*) FROM entitlements." + table + " WHERE user_id = $1")
            .execute(Tuple.of(user))
            .map(rows -> rows.iterator().next().getLong(0)));
  }

  /** A random history, on one node after the other, beside the model; the seed is the number. */
  @RepeatedTest(25)
  void any_history_is_that_of_the_model(RepetitionInfo run) {
    Random random = new Random(run.getCurrentRepetition());
    List<MeterPeriod> periods =
        List.of(MeterPeriod.LIFETIME, MeterPeriod.MONTH, new MeterPeriod(1), new MeterPeriod(4));
    period = periods.get(random.nextInt(periods.size()));
    LedgerModel model = new LedgerModel();
    for (int step = 0; step < 40; step++) {
      PgLedgerStore node = NODES.get(random.nextInt(NODES.size()));
      String key = "k" + random.nextInt(12);
      String what = "seed " + run.getCurrentRepetition() + " step " + step;
      switch (random.nextInt(5)) {
        case 0 -> nowMs += random.nextInt(3) == 0 ? DAY_MS * random.nextInt(12) : 30_000;
        case 1, 2 -> {
          long amount = 1L + random.nextInt(5);
          Long hold = random.nextBoolean() ? null : Long.valueOf(30_000L * (1 + random.nextInt(3)));
          Long limit = random.nextInt(8) == 0 ? null : Long.valueOf(random.nextInt(15));
          boolean soft = random.nextInt(6) == 0;
          Ordered stored =
              Await.result(
                  node.use(
                      new UseEntitlement(user, "exports", amount, key, hold),
                      limit,
                      soft,
                      now(),
                      nowMs));
          model.knows(key, stored.id());
          assertThat(stored)
              .as(what)
              .usingRecursiveComparison()
              .ignoringFields("id")
              .isEqualTo(model.use(key, amount, hold, limit, soft, now(), nowMs));
        }
        default -> {
          boolean confirmed = random.nextBoolean();
          Long amount = confirmed && random.nextBoolean() ? Long.valueOf(random.nextInt(6)) : null;
          String id = model.id(key).orElse(UUID.randomUUID().toString());
          assertThat(Await.result(node.settle(new SettleReservation(id, confirmed, amount), nowMs)))
              .as(what)
              .usingRecursiveComparison()
              .ignoringFields("value.userId")
              .isEqualTo(model.settle(key, confirmed, amount, nowMs));
        }
      }
      assertThat(taken()).as(what).isEqualTo(model.taken(now(), nowMs));
    }
  }
}
