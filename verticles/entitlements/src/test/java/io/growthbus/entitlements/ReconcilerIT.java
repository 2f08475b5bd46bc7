package io.growthbus.entitlements;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.entitlements.core.StripeSignature;
import io.growthbus.entitlements.store.PgReconciliationStore;
import io.growthbus.entitlements.store.ReconciliationStore;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.ListReconciliations;
import io.growthbus.shared.message.ListWebhooks;
import io.growthbus.shared.message.ReceiveWebhook;
import io.growthbus.shared.message.ReconciliationRun;
import io.growthbus.shared.message.ResolveEntitlement;
import io.growthbus.shared.message.StartReconciliation;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Secret;
import io.growthbus.shared.settings.Settings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Comparisons with a stand-in that speaks the JSON of Stripe's "List subscriptions". */
class ReconcilerIT {
  private static final String SECRET = "whsec_one";
  private static final String KEY = "rk_test_reader";
  private static final GrowthConfig CONFIG =
      GrowthConfigReader.read(
          "{\"entitlements\": {\"tiers\": {\"free\": {}, \"pro\": {}}}}", new Problems());

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final PostgresSettings database = TestPostgres.freshDatabase();
  private final AtomicLong nowMs = new AtomicLong(System.currentTimeMillis());
  private final Map<String, JsonObject> subscriptions = new ConcurrentSkipListMap<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile int status = 200;

  @BeforeEach
  void start() {
    HttpServer stripe =
        Await.result(vertx.createHttpServer().requestHandler(this::list).listen(0, "127.0.0.1"));
    Await.result(
        vertx.deployVerticle(
            new EntitlementsVerticle(
                bus,
                new Live<>(CONFIG),
                new EntitlementsSettings(
                    List.of(WebhookSecret.of(new Secret(SECRET))),
                    List.of(),
                    100,
                    Duration.ofSeconds(5),
                    2,
                    MemberSweepSettings.from(Settings.defaults()),
                    new ReconciliationSettings(
                        new Secret(KEY), URI.create("http://127.0.0.1:" + stripe.actualPort()), 3)),
                database,
                () -> Instant.ofEpochMilli(nowMs.get()))));
  }

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  private void list(HttpServerRequest request) {
    asked.add(request.method() + " " + request.uri() + " " + request.getHeader("Authorization"));
    if (status != 200) {
      request.response().setStatusCode(status).end("{\"error\":{}}");
      return;
    }
    String after = request.getParam("starting_after", "");
    JsonArray data = new JsonArray();
    boolean more = false;
    for (Map.Entry<String, JsonObject> one : subscriptions.entrySet()) {
      if (one.getKey().compareTo(after) > 0) {
        more = data.size() == 2;
        if (more) {
          break;
        }
        data.add(one.getValue());
      }
    }
    request
        .response()
        .putHeader("Content-Type", "application/json")
        .end(
            new JsonObject()
                .put("object", "list")
                .put("data", data)
                .put("has_more", more)
                .encode());
  }

  private void isAtStripe(String id, String user, String word) {
    subscriptions.put(
        id,
        new JsonObject()
            .put("id", id)
            .put("object", "subscription")
            .put("customer", "cus_" + id)
            .put("status", word)
            .put("current_period_end", nowMs.get() / 1000 + 3_600)
            .put("metadata", new JsonObject().put("user_id", user).put("tier", "pro")));
  }

  private String deliver(String eventId, long createdS, JsonObject subscription) {
    byte[] body =
        new JsonObject()
            .put("id", eventId)
            .put("type", "customer.subscription.updated")
            .put("created", createdS)
            .put("data", new JsonObject().put("object", subscription))
            .encode()
            .getBytes(StandardCharsets.UTF_8);
    return Await.result(
            bus.ask(
                Channels.RECEIVE_WEBHOOK,
                new ReceiveWebhook(
                    "stripe",
                    Map.of(
                        "stripe-signature", StripeSignature.sign(SECRET, nowMs.get() / 1000, body)),
                    body,
                    nowMs.get())))
        .outcome();
  }

  private ReconciliationRun compare() {
    ReconciliationRun begun =
        Await.result(bus.ask(Channels.RECONCILE, new StartReconciliation("stripe")));
    Await.until(
        "the end of the comparison",
        Duration.ofSeconds(20),
        () -> latest().stream().anyMatch(r -> r.id() == begun.id() && r.finishedAtMs() != null));
    return latest().stream().filter(run -> run.id() == begun.id()).findFirst().orElseThrow();
  }

  private List<ReconciliationRun> latest() {
    return Await.result(bus.ask(Channels.LIST_RECONCILIATIONS, new ListReconciliations())).runs();
  }

  private String tier(String user) {
    return Await.result(bus.ask(Channels.RESOLVE_ENTITLEMENT, new ResolveEntitlement(user))).tier();
  }

  @Test
  void what_no_webhook_told_is_corrected_and_can_be_seen_in_the_inbox() {
    for (String id : List.of("sub_1", "sub_2", "sub_3", "sub_4", "sub_5")) {
      isAtStripe(id, "user_of_" + id, "active");
    }
    ReconciliationRun run = compare();

    assertThat(run.checked()).isEqualTo(5);
    assertThat(run.corrected()).isEqualTo(5);
    assertThat(run.failure()).isNull();
    assertThat(tier("user_of_sub_5")).isEqualTo("pro");
    assertThat(asked)
        .containsExactly(
            "GET /v1/subscriptions?status=all&limit=100 Bearer " + KEY,
            "GET /v1/subscriptions?status=all&limit=100&starting_after=sub_2 Bearer " + KEY,
            "GET /v1/subscriptions?status=all&limit=100&starting_after=sub_4 Bearer " + KEY);
    assertThat(
            Await.result(
                    bus.ask(Channels.LIST_WEBHOOKS, new ListWebhooks("stripe", null, 10, null)))
                .items())
        .hasSize(5)
        .allSatisfy(one -> assertThat(one.type()).isEqualTo("growthbus.reconciled"));
  }

  @Test
  void a_second_comparison_finds_nothing_to_correct() {
    isAtStripe("sub_1", "ada", "active");
    compare();

    assertThat(compare().corrected()).isZero();
  }

  @Test
  void a_webhook_of_the_same_second_or_later_wins_over_the_answer() {
    isAtStripe("sub_1", "ada", "active");
    JsonObject ended =
        Objects.requireNonNull(subscriptions.get("sub_1")).copy().put("status", "unpaid");
    // What a provider says itself is dated by PostgreSQL, before it is asked.
    deliver("evt_1", nowMs.get() / 1000 + 60, ended);
    assertThat(compare().corrected()).isZero();
    assertThat(tier("ada")).isEqualTo("free");
  }

  @Test
  void an_end_that_was_missed_is_found() {
    isAtStripe("sub_1", "ada", "active");
    deliver(
        "evt_1", nowMs.get() / 1000 - 3_600, Objects.requireNonNull(subscriptions.get("sub_1")));
    assertThat(tier("ada")).isEqualTo("pro");
    Objects.requireNonNull(subscriptions.get("sub_1"))
        .put("status", "canceled")
        .put("ended_at", nowMs.get() / 1000 - 60);

    assertThat(compare().corrected()).isEqualTo(1);
    assertThat(tier("ada")).isEqualTo("free");
  }

  @Test
  void a_provider_that_does_not_answer_changes_nothing_and_is_named() {
    isAtStripe("sub_1", "ada", "active");
    status = 503;
    ReconciliationRun run = compare();

    assertThat(run.failure()).isEqualTo("Stripe's API answered 503");
    assertThat(tier("ada")).isEqualTo("free");
  }

  @Test
  void another_system_than_stripe_cannot_be_asked() {
    RoomException refusal =
        (RoomException)
            Await.failure(bus.ask(Channels.RECONCILE, new StartReconciliation("standard")));
    assertThat(refusal.code()).isEqualTo("no_source");
  }

  @Test
  void a_night_is_compared_once_whoever_begins_and_one_at_a_time() {
    Pool pool = Postgres.pool(vertx, database, "entitlements", 2);
    ReconciliationStore store = new PgReconciliationStore(pool);
    LocalDate night = LocalDate.of(2026, 11, 24);
    Optional<ReconciliationRun> first = Await.result(store.begin("stripe", night));

    assertThat(first).isPresent();
    assertThat(Await.result(store.begin("stripe", null))).isEmpty();
    Await.result(store.end(first.orElseThrow().id(), 3, 1, null));
    assertThat(Await.result(store.begin("stripe", night))).isEmpty();
    assertThat(Await.result(store.begin("stripe", night.plusDays(1)))).isPresent();
    // One whose node died does not keep the others from it for ever.
    Await.result(
        pool.query(
                "UPDATE entitlements.reconciliation SET seen_at = seen_at - interval '11 minutes'")
            .execute());
    assertThat(Await.result(store.begin("stripe", null))).isPresent();
    Await.result(pool.close());
  }
}
