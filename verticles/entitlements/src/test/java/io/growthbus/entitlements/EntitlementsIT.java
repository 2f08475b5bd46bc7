package io.growthbus.entitlements;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.entitlements.core.StripeSignature;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import io.growthbus.shared.message.EntitlementChanged;
import io.growthbus.shared.message.ReceiveWebhook;
import io.growthbus.shared.message.ResolveEntitlement;
import io.growthbus.shared.message.WebhookReceived;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Secret;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.CapturedLog;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class EntitlementsIT {
  private static final String SECRET = "whsec_one";
  private static final String ROTATED = "whsec_two";
  private static final long TTL_MS = 300_000;
  private static final long HOUR_MS = 3_600_000;
  private static final long DAY_MS = 24 * HOUR_MS;
  private static final GrowthConfig CONFIG =
      GrowthConfigReader.read(
          """
          {"entitlements": {"tiers": {
             "free": {"limits": {"api_calls": 100}},
             "pro": {"limits": {"api_calls": 10000}, "features": ["export"]}}}}
          """,
          new Problems());

  private static PostgresSettings database = TestPostgres.freshDatabase();

  private final AtomicLong nowMs = new AtomicLong(1_795_000_000_000L);
  private final List<Vertx> nodes = new ArrayList<>();

  @BeforeAll
  static void refuseConnectionsSoon() {
    database = impatient(database);
  }

  @AfterEach
  void stop() {
    nodes.forEach(vertx -> Await.result(vertx.close()));
  }

  private static PostgresSettings impatient(PostgresSettings settings) {
    return new PostgresSettings(
        settings.uri(), 2, Duration.ofMillis(300), Duration.ofSeconds(5), 64, true);
  }

  /** A node with this room on it, by the clock of the test. */
  private Bus node(PostgresSettings postgres) {
    Vertx vertx = Vertx.vertx();
    nodes.add(vertx);
    Bus bus = new Bus(vertx);
    EntitlementsSettings settings =
        TestSettings.of(
            List.of(new Secret(SECRET), new Secret(ROTATED)), 100, Duration.ofMillis(900));
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

  private static Entitlement resolve(Bus bus, String user) {
    return Await.result(bus.ask(Channels.RESOLVE_ENTITLEMENT, new ResolveEntitlement(user)));
  }

  private Future<WebhookReceived> deliver(Bus bus, String secret, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return deliver(bus, StripeSignature.sign(secret, nowMs.get() / 1000, bytes), bytes);
  }

  private Future<WebhookReceived> deliver(Bus bus, String signature, byte[] body) {
    return bus.ask(
        Channels.RECEIVE_WEBHOOK,
        new ReceiveWebhook("stripe", Map.of("stripe-signature", signature), body, nowMs.get()));
  }

  /** A subscription of tier pro that names its user and is paid for one hour. */
  private String active(String user, String more) {
    return """
    {"id": "evt_%s", "type": "customer.subscription.created", "created": %d,
     "data": {"object": {"id": "sub_%s", "customer": "cus_%s", "status": "active",
       "current_period_end": %d, %s "metadata": {"user_id": "%s", "tier": "pro"}}}}
    """
        .formatted(
            user, nowMs.get() / 1000, user, user, (nowMs.get() + HOUR_MS) / 1000, more, user);
  }

  private static RoomException refusal(Future<?> future) {
    return (RoomException) Await.failure(future);
  }

  private static long stored(String user) throws SQLException {
    try (Connection connection = DriverManager.getConnection(TestPostgres.jdbcUrl(database));
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT count(*) FROM entitlements.webhook_inbox WHERE payload::text LIKE '%"
                    + user
                    + "%'")) {
      rows.next();
      return rows.getLong(1);
    }
  }

  /** Ends every connection to a database and lets nobody in any more. */
  private static void close(PostgresSettings gone) throws SQLException {
    String name = gone.uri().substring(gone.uri().lastIndexOf('/') + 1);
    try (Connection connection = DriverManager.getConnection(TestPostgres.jdbcUrl(database));
        Statement statement = connection.createStatement()) {
      statement.execute("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false");
      statement.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'");
    }
  }

  @Test
  void an_unknown_user_has_the_free_tier_and_that_is_well_known() {
    assertThat(resolve(node(database), "nobody"))
        .isEqualTo(
            new Entitlement(
                "nobody",
                "free",
                Map.of("api_calls", 100L),
                List.of(),
                List.of(),
                nowMs.get(),
                State.FRESH,
                "none",
                null,
                null,
                0));
  }

  @Test
  void a_signed_delivery_makes_its_user_pro_at_once() {
    Bus bus = node(database);
    assertThat(resolve(bus, "u_pro").tier()).isEqualTo("free");

    assertThat(Await.result(deliver(bus, SECRET, active("u_pro", ""))))
        .isEqualTo(new WebhookReceived("evt_u_pro", "applied"));
    assertThat(resolve(bus, "u_pro"))
        .isEqualTo(
            new Entitlement(
                "u_pro",
                "pro",
                Map.of("api_calls", 10_000L),
                List.of(),
                List.of("export"),
                nowMs.get(),
                State.FRESH,
                "active",
                null,
                nowMs.get() + HOUR_MS + 3 * DAY_MS,
                1));
  }

  @Test
  void a_change_is_broadcast_with_its_revision() {
    Bus bus = node(database);
    List<EntitlementChanged> heard = new CopyOnWriteArrayList<>();
    Await.result(bus.hear(Channels.ENTITLEMENT_CHANGED, heard::add));

    Await.result(deliver(bus, SECRET, active("u_told", "")));

    Await.until("the change is heard", Duration.ofSeconds(5), () -> !heard.isEmpty());
    assertThat(heard).containsExactly(new EntitlementChanged("u_told", 1));
  }

  @Test
  void another_node_looks_again_when_it_hears_of_a_change() {
    Bus one = node(database);
    Bus two = node(database);
    resolve(one, "u_far");
    Await.result(deliver(two, SECRET, active("u_far", "")));
    assertThat(resolve(one, "u_far").tier()).isEqualTo("free");

    one.publish(Channels.ENTITLEMENT_CHANGED, new EntitlementChanged("u_far", 1));

    Await.until(
        "the tier is pro", Duration.ofSeconds(5), () -> resolve(one, "u_far").tier().equals("pro"));
  }

  @Test
  void without_the_broadcast_another_node_looks_again_after_the_ttl() {
    Bus one = node(database);
    resolve(one, "u_lost");
    Await.result(deliver(node(database), SECRET, active("u_lost", "")));
    nowMs.addAndGet(TTL_MS);

    assertThat(resolve(one, "u_lost").tier()).isEqualTo("pro");
  }

  @Test
  void a_duplicate_is_accepted_and_changes_nothing() throws SQLException {
    Bus bus = node(database);
    String body = active("u_twice", "");
    Await.result(deliver(bus, SECRET, body));

    assertThat(Await.result(deliver(bus, SECRET, body)).outcome()).isEqualTo("duplicate");
    assertThat(resolve(bus, "u_twice").revision()).isEqualTo(1);
    assertThat(stored("u_twice")).isEqualTo(1);
  }

  @Test
  void while_secrets_are_rotated_both_are_accepted() {
    Bus bus = node(database);

    assertThat(Await.result(deliver(bus, ROTATED, active("u_rotated", ""))).outcome())
        .isEqualTo("applied");
  }

  @Test
  void a_signature_that_does_not_fit_is_refused_and_nothing_is_stored() throws SQLException {
    Bus bus = node(database);
    byte[] body = active("u_bad", "").getBytes(StandardCharsets.UTF_8);
    String old = StripeSignature.sign(SECRET, nowMs.get() / 1000 - 301, body);

    for (Future<?> attempt :
        List.of(
            deliver(bus, "whsec_wrong", active("u_bad", "")),
            deliver(bus, old, body),
            deliver(bus, "", body),
            bus.ask(
                Channels.RECEIVE_WEBHOOK,
                new ReceiveWebhook("stripe", Map.of(), body, nowMs.get())))) {
      RoomException refusal = refusal(attempt);
      assertThat(refusal.code()).isEqualTo("invalid_signature");
      assertThat(refusal.kind()).isEqualTo(ErrorKind.INVALID);
    }
    assertThat(stored("u_bad")).isZero();
    assertThat(resolve(bus, "u_bad").tier()).isEqualTo("free");
  }

  @Test
  void a_signed_body_that_is_no_event_is_refused_and_nothing_is_stored() throws SQLException {
    Bus bus = node(database);

    for (String body :
        List.of(
            "",
            "u_odd",
            "[]",
            "{\"id\": \"u_odd\"}",
            "[".repeat(100_000),
            "{\"id\": \"u_odd\", \"type\": \"t\", \"text\": \"\\u0000\"}",
            "{\"id\": \"u_odd\", \"type\": \"t\"} trailing")) {
      assertThat(refusal(deliver(bus, SECRET, body)).code()).isEqualTo("invalid_payload");
    }
    assertThat(stored("u_odd")).isZero();
  }

  @Test
  void a_type_that_is_not_known_is_stored_and_accepted() throws SQLException {
    Bus bus = node(database);

    assertThat(
            Await.result(
                deliver(bus, SECRET, "{\"id\": \"evt_u_type\", \"type\": \"radar.alert\"}")))
        .isEqualTo(new WebhookReceived("evt_u_type", "ignored"));
    assertThat(stored("u_type")).isEqualTo(1);
  }

  @Test
  void a_checkout_links_the_subscription_that_came_before_it() {
    Bus bus = node(database);
    String nameless = active("u_link", "").replace("\"user_id\": \"u_link\", ", "");
    assertThat(Await.result(deliver(bus, SECRET, nameless)).outcome()).isEqualTo("unlinked");

    Await.result(
        deliver(
            bus,
            SECRET,
            """
            {"id": "evt_checkout", "type": "checkout.session.completed", "created": 1,
             "data": {"object": {"client_reference_id": "buyer@example.org",
               "customer": "cus_u_link", "subscription": "sub_u_link"}}}
            """));

    assertThat(resolve(bus, "buyer@example.org").tier()).isEqualTo("pro");
    assertThat(resolve(bus, "u_link").tier()).isEqualTo("free");
  }

  @Test
  void a_deadline_holds_at_its_instant_even_for_facts_in_memory() {
    Bus bus = node(database);
    Await.result(deliver(bus, SECRET, active("u_end", "\"cancel_at_period_end\": true,")));
    nowMs.addAndGet(HOUR_MS - 1);
    assertThat(resolve(bus, "u_end").tier()).isEqualTo("pro");
    nowMs.addAndGet(1);

    Entitlement over = resolve(bus, "u_end");
    assertThat(over.tier()).isEqualTo("free");
    assertThat(over.reason()).isEqualTo("canceled");
    assertThat(over.lastSyncMs()).isEqualTo(nowMs.get() - 1);
  }

  @Test
  void a_late_renewal_is_grace_and_says_until_when() {
    Bus bus = node(database);
    long end = nowMs.get() + HOUR_MS;
    Await.result(deliver(bus, SECRET, active("u_late", "")));
    nowMs.set(end);

    Entitlement late = resolve(bus, "u_late");
    assertThat(late.tier()).isEqualTo("pro");
    assertThat(late.state()).isEqualTo(State.GRACE);
    assertThat(late.reason()).isEqualTo("renewal_pending");
    assertThat(late.graceUntilMs()).isEqualTo(end + 3 * DAY_MS);
  }

  @Test
  void without_a_database_the_answer_is_a_guess_that_says_so() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    Bus bus = node(database.withUri("postgresql://u@127.0.0.1:" + free + "/d"));

    Entitlement guess = resolve(bus, "u_guess");
    assertThat(guess.tier()).isEqualTo("free");
    assertThat(guess.state()).isEqualTo(State.FALLBACK);
    assertThat(guess.reason()).isEqualTo("unknown");
    assertThat(guess.lastSyncMs()).isZero();
    assertThat(guess.limits()).containsEntry("api_calls", 100L);
    try (CapturedLog log = CapturedLog.of(WebhookService.class)) {
      RoomException refusal = refusal(deliver(bus, SECRET, active("u_guess", "")));
      assertThat(refusal.code()).isEqualTo("store_unavailable");
      assertThat(refusal.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
      assertThat(log.entries())
          .singleElement()
          .satisfies(
              line -> assertThat(line.text()).contains("evt_u_guess").doesNotContain("cus_"));
    }
  }

  @Test
  void when_the_database_goes_a_payer_stays_one_for_a_day_but_not_past_a_deadline()
      throws SQLException {
    PostgresSettings goes = impatient(TestPostgres.freshDatabase());
    Bus bus = node(goes);
    long start = nowMs.get();
    Await.result(deliver(bus, SECRET, active("u_pays", "")));
    Await.result(deliver(bus, SECRET, active("u_ends", "\"cancel_at_period_end\": true,")));
    resolve(bus, "u_pays");
    resolve(bus, "u_ends");
    close(goes);

    nowMs.set(start + TTL_MS);
    Entitlement stale = resolve(bus, "u_pays");
    assertThat(stale.tier()).isEqualTo("pro");
    assertThat(stale.state()).isEqualTo(State.STALE);
    assertThat(stale.lastSyncMs()).isEqualTo(start);
    assertThat(stale.revision()).isEqualTo(1);

    nowMs.set(start + HOUR_MS);
    assertThat(resolve(bus, "u_ends").tier()).isEqualTo("free");
    assertThat(resolve(bus, "u_ends").state()).isEqualTo(State.STALE);

    nowMs.set(start + DAY_MS - 1);
    assertThat(resolve(bus, "u_pays").tier()).isEqualTo("pro");
    nowMs.set(start + DAY_MS);
    Entitlement over = resolve(bus, "u_pays");
    assertThat(over.tier()).isEqualTo("free");
    assertThat(over.state()).isEqualTo(State.FALLBACK);
  }

  @Test
  void a_database_that_hangs_delays_no_answer_beyond_the_read_timeout() throws SQLException {
    Bus bus = node(database);
    try (Connection blocker = DriverManager.getConnection(TestPostgres.jdbcUrl(database));
        Statement statement = blocker.createStatement()) {
      blocker.setAutoCommit(false);
      statement.execute("LOCK TABLE entitlements.subscription IN ACCESS EXCLUSIVE MODE");
      long began = System.nanoTime();
      Entitlement answer = resolve(bus, "u_hangs");

      assertThat(answer.state()).isEqualTo(State.FALLBACK);
      // 900 ms by the settings; far below the statement timeout, which would end it otherwise.
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
      blocker.rollback();
    }
    Await.until(
        "the answer is fresh again",
        Duration.ofSeconds(5),
        () -> resolve(bus, "u_hangs").state() == State.FRESH);
  }
}
