package io.growthbus.entitlements;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.bus.Ask;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.CheckEntitlement;
import io.growthbus.shared.message.DeleteOverride;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.EntitlementChanged;
import io.growthbus.shared.message.EntitlementUsed;
import io.growthbus.shared.message.EntitlementVerdict;
import io.growthbus.shared.message.EntitlementVerdict.Unlock;
import io.growthbus.shared.message.MeterUsage;
import io.growthbus.shared.message.OverrideSubject;
import io.growthbus.shared.message.OverrideSubject.Kind;
import io.growthbus.shared.message.PutAccountMember;
import io.growthbus.shared.message.PutOverride;
import io.growthbus.shared.message.ReadOverride;
import io.growthbus.shared.message.ReadUsage;
import io.growthbus.shared.message.ResolveEntitlement;
import io.growthbus.shared.message.SettleReservation;
import io.growthbus.shared.message.UseEntitlement;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.CapturedLog;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Overrides, checks and the ledger through the bus, on rooms that share one PostgreSQL. */
class UsageIT {
  private static final long HOUR_MS = 3_600_000;
  private static final Duration SOON = Duration.ofSeconds(1);
  private static final PostgresSettings DATABASE = TestPostgres.freshDatabase();
  private static final PostgresSettings NOWHERE =
      new PostgresSettings(
          "postgresql://u@127.0.0.1:1/d",
          2,
          Duration.ofMillis(300),
          Duration.ofSeconds(5),
          64,
          true);
  private static final AtomicInteger USERS = new AtomicInteger();
  private static final GrowthConfig CONFIG =
      GrowthConfigReader.read(
          """
          {"entitlements": {
             "features": {"sso": {"on_outage": "deny"}},
             "limits": {"exports": {"period": "month"}, "emails": {"mode": "soft"}, "calls": {"on_outage": "paying"}},
             "tiers": {
               "free": {"limits": {"calls": 100, "exports": 50, "emails": 2, "team_calls": 10}},
               "pro": {"limits": {"calls": 10000, "exports": "unlimited", "team_calls": 100}, "features": ["sso"]}}},
           "meters": [{"key": "calls", "event": "call"},
                      {"key": "team_calls", "event": "call", "subject": "account"}]}
          """,
          new Problems());

  private final AtomicLong nowMs = new AtomicLong(1_795_000_000_000L);
  private final List<Vertx> nodes = new ArrayList<>();
  private final String user = "u" + USERS.incrementAndGet();
  private final OverrideSubject self = new OverrideSubject(Kind.USER, user);
  private final OverrideSubject account = new OverrideSubject(Kind.ACCOUNT, "acme-" + user);

  @AfterEach
  void stop() {
    nodes.forEach(vertx -> Await.result(vertx.close()));
  }

  /** A node with this room on it, by the clock of the test. */
  private Bus node(PostgresSettings postgres, Duration readTimeout) {
    Vertx vertx = Vertx.vertx();
    nodes.add(vertx);
    Bus bus = new Bus(vertx);
    EntitlementsSettings settings = new EntitlementsSettings(List.of(), 100, readTimeout);
    Await.result(
        vertx.deployVerticle(
            new EntitlementsVerticle(
                bus,
                new Live<>(CONFIG),
                settings,
                postgres,
                () -> Instant.ofEpochMilli(nowMs.get()))));
    return bus;
  }

  private Bus node() {
    return node(DATABASE, Duration.ofSeconds(10));
  }

  private static void ingest(Bus bus, Function<ReadUsage, Future<MeterUsage>> answer) {
    Await.result(bus.answer(Channels.READ_USAGE, answer));
  }

  private Entitlement resolve(Bus bus) {
    return Await.result(bus.ask(Channels.RESOLVE_ENTITLEMENT, new ResolveEntitlement(user)));
  }

  private void put(Bus bus, OverrideSubject subject, String definition) {
    Await.result(
        bus.ask(Channels.PUT_OVERRIDE, new PutOverride(subject, definition, "operator", null)));
  }

  private EntitlementVerdict check(Bus bus, @Nullable String feature, @Nullable String meter) {
    return Await.result(
        bus.ask(Channels.CHECK_ENTITLEMENT, new CheckEntitlement(user, feature, meter, null)));
  }

  private Future<EntitlementUsed> use(Bus bus, String feature, long amount, String key) {
    return bus.ask(Channels.USE_ENTITLEMENT, new UseEntitlement(user, feature, amount, key, null));
  }

  private static <Q> RoomException refused(Bus bus, Ask<Q, ?> channel, Q question) {
    return (RoomException) Await.failure(bus.ask(channel, question));
  }

  @Test
  void an_override_holds_until_the_instant_of_its_end_and_is_announced() {
    Bus bus = node();
    List<EntitlementChanged> heard = new CopyOnWriteArrayList<>();
    Await.result(bus.hear(Channels.ENTITLEMENT_CHANGED, heard::add));
    assertThat(resolve(bus).tier()).isEqualTo("free");
    long end = nowMs.get() + HOUR_MS;
    put(bus, self, "{\"tier\":\"pro\",\"expires_at\":" + end + ",\"trial\":true}");

    assertThat(resolve(bus))
        .extracting(Entitlement::tier, Entitlement::reason, Entitlement::expiresAtMs)
        .containsExactly("pro", "trial", end);
    Await.until("the change is heard", Duration.ofSeconds(5), () -> !heard.isEmpty());
    assertThat(heard).containsExactly(new EntitlementChanged(user, 1));
    nowMs.set(end - 1);
    assertThat(resolve(bus).tier()).isEqualTo("pro");
    nowMs.set(end);
    assertThat(resolve(bus).tier()).isEqualTo("free");
  }

  @Test
  void another_node_learns_of_an_override_from_the_broadcast() {
    Bus one = node();
    Bus two = node();
    resolve(two);
    put(one, self, "{\"limits\":{\"calls\":\"unlimited\"},\"features\":{\"sso\":true}}");
    two.publish(Channels.ENTITLEMENT_CHANGED, new EntitlementChanged(user, 1));

    Await.until(
        "the limit is gone",
        Duration.ofSeconds(5),
        () -> resolve(two).unlimited().equals(List.of("calls")));
    assertThat(resolve(two).features()).containsExactly("sso");
    assertThat(resolve(two).tier()).isEqualTo("free");
  }

  @Test
  void what_an_account_has_reaches_its_members_while_they_are_members() {
    Bus bus = node();
    put(bus, account, "{\"tier\":\"pro\"}");
    assertThat(resolve(bus).tier()).isEqualTo("free");
    Await.result(
        bus.ask(Channels.PUT_ACCOUNT_MEMBER, new PutAccountMember(account.id(), user, true)));
    assertThat(resolve(bus).reason()).isEqualTo("account");
    Await.result(bus.ask(Channels.DELETE_OVERRIDE, new DeleteOverride(account, "operator", null)));
    assertThat(resolve(bus).tier()).isEqualTo("free");
  }

  @Test
  void an_order_that_is_wrong_is_refused_with_all_that_is_wrong_and_stores_nothing() {
    Bus bus = node();
    RoomException refusal =
        refused(
            bus,
            Channels.PUT_OVERRIDE,
            new PutOverride(
                self,
                "{\"tier\":\"gold\",\"limits\":{\"calls\":-1,\"cats\":1},\"features\":{\"sso\":1},\"trial\":true,\"x\":1}",
                "operator",
                null));

    assertThat(refusal.code()).isEqualTo("invalid_override");
    assertThat(refusal.text())
        .contains("/tier", "/limits/calls", "/limits/cats", "/features/sso", "/trial", "/x")
        .doesNotContain("gold");
    assertThat(refused(bus, Channels.READ_OVERRIDE, new ReadOverride(self)).kind())
        .isEqualTo(ErrorKind.NOT_FOUND);
  }

  @Test
  void a_check_by_meter_holds_its_count_against_the_limit_and_never_the_ledger() {
    Bus bus = node();
    ingest(
        bus, question -> Future.succeededFuture(new MeterUsage("99.5", null, 1_800_000_000_000L)));

    EntitlementVerdict verdict = check(bus, null, "calls");
    assertThat(verdict)
        .isEqualTo(
            new EntitlementVerdict(
                user,
                false,
                100L,
                new BigDecimal("99.5"),
                new BigDecimal("0.5"),
                1_800_000_000_000L,
                false,
                Entitlement.State.FRESH,
                "limit_reached",
                new Unlock("pro", 10_000L)));
    assertThat(check(bus, "calls", null)).isEqualTo(verdict);
    assertThat(
            refused(bus, Channels.USE_ENTITLEMENT, new UseEntitlement(user, "calls", 1, "k", null))
                .code())
        .isEqualTo("limit_is_metered");
  }

  @Test
  void a_meter_of_accounts_is_read_for_the_account_of_the_user_that_has_used_most() {
    Bus bus = node();
    ingest(
        bus,
        question -> {
          assertThat(question.ofAccount()).isTrue();
          String used = question.subject().startsWith("acme") ? "4" : "9";
          return Future.succeededFuture(new MeterUsage(used, null, null));
        });
    assertThat(check(bus, null, "team_calls").used()).isEqualTo("0");
    for (String id : new String[] {account.id(), "zeta-" + user}) {
      Await.result(bus.ask(Channels.PUT_ACCOUNT_MEMBER, new PutAccountMember(id, user, true)));
    }

    assertThat(check(bus, null, "team_calls").used()).isEqualTo("9");
  }

  @Test
  void while_the_meter_does_not_answer_the_posture_does_and_soon() {
    Bus bus = node(DATABASE, SOON);
    resolve(bus);
    ingest(bus, question -> Promise.<MeterUsage>promise().future());

    assertThat(check(bus, null, "calls"))
        .extracting(EntitlementVerdict::allowed, EntitlementVerdict::reason)
        .containsExactly(false, "outage_closed");
    put(bus, self, "{\"tier\":\"pro\"}");
    EntitlementVerdict paying = check(bus, null, "calls");
    assertThat(paying.allowed()).isTrue();
    assertThat(paying.reason()).isEqualTo("outage_open");
    assertThat(paying.unlock()).isNull();
  }

  @Test
  void without_a_database_nobody_is_denied_who_may_be_paying_and_nothing_is_used() {
    Bus bus = node(NOWHERE, SOON);
    assertThat(check(bus, "exports", null))
        .extracting(
            EntitlementVerdict::allowed, EntitlementVerdict::state, EntitlementVerdict::unlock)
        .containsExactly(true, Entitlement.State.FALLBACK, null);
    assertThat(check(bus, "sso", null).reason()).isEqualTo("outage_closed");
    try (CapturedLog log = CapturedLog.of(StoreFailures.class)) {
      RoomException refusal = (RoomException) Await.failure(use(bus, "exports", 1, "k"));
      assertThat(refusal.code()).isEqualTo("store_unavailable");
      assertThat(refusal.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
      assertThat(log.entries()).allMatch(line -> !line.text().contains(user));
    }
  }

  @Test
  void two_hundred_orders_at_once_on_three_rooms_use_a_limit_of_fifty_up_exactly() {
    List<Bus> rooms = List.of(node(), node(), node());
    List<Future<EntitlementUsed>> orders = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      orders.add(use(rooms.get(i % 3), "exports", 1, "k" + i));
    }

    assertThat(orders.stream().map(Await::result).filter(EntitlementUsed::granted)).hasSize(50);
    EntitlementVerdict verdict = check(rooms.get(0), "exports", null);
    assertThat(verdict.used()).isEqualTo("50");
    assertThat(verdict.allowed()).isFalse();
    assertThat(verdict.unlock()).isEqualTo(new Unlock("pro", null));
    nowMs.set(Objects.requireNonNull(verdict.resetsAtMs()) - 1);
    assertThat(check(rooms.get(1), "exports", null).allowed()).isFalse();
    nowMs.incrementAndGet();
    assertThat(check(rooms.get(1), "exports", null).used()).isEqualTo("0");
  }

  @Test
  void an_order_is_refused_with_what_is_left_and_what_would_unlock_it() {
    Bus bus = node();
    Await.result(use(bus, "exports", 45, "k1"));
    EntitlementUsed refused = Await.result(use(bus, "exports", 6, "k2"));

    assertThat(refused.granted()).isFalse();
    assertThat(refused.remaining()).isEqualTo(5);
    assertThat(refused.unlock()).isEqualTo(new Unlock("pro", null));
    assertThat(Await.result(use(bus, "exports", 6, "k2"))).isEqualTo(refused);
    assertThat(((RoomException) Await.failure(use(bus, "exports", 5, "k2"))).code())
        .isEqualTo("key_reused");
    put(bus, self, "{\"tier\":\"pro\"}");
    EntitlementUsed unlimited = Await.result(use(bus, "exports", 6, "k3"));
    assertThat(unlimited.granted()).isTrue();
    assertThat(unlimited.limit()).isNull();
    assertThat(unlimited.used()).isEqualTo(51);
  }

  @Test
  void beyond_a_soft_limit_it_is_granted_and_marked() {
    Bus bus = node();
    assertThat(Await.result(use(bus, "emails", 2, "k1")).overLimit()).isFalse();
    EntitlementUsed over = Await.result(use(bus, "emails", 2, "k2"));

    assertThat(over.granted()).isTrue();
    assertThat(over.overLimit()).isTrue();
    assertThat(over.remaining()).isZero();
    assertThat(check(bus, "emails", null).reason()).isEqualTo("over_soft_limit");
  }

  @Test
  void what_is_held_is_confirmed_by_its_id_and_every_other_way_has_a_name() {
    Bus bus = node();
    EntitlementUsed held =
        Await.result(
            bus.ask(
                Channels.USE_ENTITLEMENT, new UseEntitlement(user, "exports", 5, "r", 60_000L)));
    String id = Objects.requireNonNull(held.reservationId());
    assertThat(held.heldUntilMs()).isEqualTo(nowMs.get() + 60_000);
    assertThat(check(bus, "exports", null).used()).isEqualTo("5");

    assertThat(
            refused(bus, Channels.SETTLE_RESERVATION, new SettleReservation(id, true, 6L)).code())
        .isEqualTo("amount_exceeds_reservation");
    assertThat(
            Await.result(bus.ask(Channels.SETTLE_RESERVATION, new SettleReservation(id, true, 2L)))
                .state())
        .isEqualTo("confirmed");
    assertThat(check(bus, "exports", null).used()).isEqualTo("2");
    assertThat(
            refused(bus, Channels.SETTLE_RESERVATION, new SettleReservation(id, false, null))
                .code())
        .isEqualTo("reservation_settled");
    for (String unknown : new String[] {"r", "7f3e2a10-5b6c-4d7e-8f90-a1b2c3d4e5f6"}) {
      assertThat(
              refused(bus, Channels.SETTLE_RESERVATION, new SettleReservation(unknown, true, null))
                  .code())
          .isEqualTo("unknown_reservation");
    }
  }

  @Test
  void names_and_amounts_that_cannot_be_are_refused() {
    Bus bus = node();
    for (UseEntitlement order :
        List.of(
            new UseEntitlement(user, "exports", 0, "k", null),
            new UseEntitlement(user, "exports", -1, "k", null),
            new UseEntitlement(user, "exports", 1_000_000_001, "k", null),
            new UseEntitlement(user, "exports", 1, "", null),
            new UseEntitlement("", "exports", 1, "k", null),
            new UseEntitlement(user, "exports", 1, "k", 999L))) {
      assertThat(refused(bus, Channels.USE_ENTITLEMENT, order).code()).isEqualTo("invalid_order");
    }
    assertThat(((RoomException) Await.failure(use(bus, "sso", 1, "k"))).code())
        .isEqualTo("unknown_feature");
    assertThat(
            refused(bus, Channels.CHECK_ENTITLEMENT, new CheckEntitlement(user, "x", null, 1L))
                .code())
        .isEqualTo("unknown_feature");
    assertThat(
            refused(bus, Channels.CHECK_ENTITLEMENT, new CheckEntitlement(user, "a", "b", 1L))
                .code())
        .isEqualTo("invalid_check");
    assertThat(((RoomException) Await.failure(use(bus, "exports", 1, "a\0b"))).code())
        .isEqualTo("invalid_text");
  }

  @Test
  void a_service_outside_the_product_checks_with_plain_json() {
    Bus bus = node();
    JsonObject verdict =
        (JsonObject)
            Await.result(
                    nodes
                        .get(0)
                        .eventBus()
                        .request(
                            Channels.CHECK_ENTITLEMENT.address(),
                            new JsonObject().put("userId", user).put("feature", "sso")))
                .body();

    assertThat(bus.node()).isNotEmpty();
    assertThat(verdict.getBoolean("allowed")).isFalse();
    assertThat(verdict.getJsonObject("unlock").getString("tier")).isEqualTo("pro");
  }
}
