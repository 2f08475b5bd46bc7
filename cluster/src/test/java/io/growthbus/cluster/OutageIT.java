package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.activation.ActivationSettings;
import io.growthbus.activation.ActivationVerticle;
import io.growthbus.entitlements.EntitlementsVerticle;
import io.growthbus.ingest.IngestVerticle;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import io.growthbus.shared.message.ListPendingPrompts;
import io.growthbus.shared.message.PromptRaised;
import io.growthbus.shared.message.ReceiveWebhook;
import io.growthbus.shared.message.RecordEvents;
import io.growthbus.shared.message.ResolveEntitlement;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Outages of billing and of the database: who pays keeps the plan and is asked nothing, who does
 * not is asked when the truth can be read. The rooms are real, the time of entitlements is the
 * test's.
 */
class OutageIT {
  private static final String SECRET = "whsec_outage";
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int THRESHOLD = 3;

  @TempDir Path folder;
  private MortalPostgres postgres;
  private NodeConfig config;
  private PostgresSettings database;
  private Vertx vertx;
  private Bus bus;
  private final AtomicLong nowMs = new AtomicLong(System.currentTimeMillis());
  private final List<PromptRaised> raised = new CopyOnWriteArrayList<>();

  @BeforeEach
  void startRooms() throws Exception {
    postgres = new MortalPostgres(folder);
    config =
        NodeConfig.load(
            Map.of(
                "GROWTHBUS_CONF", "../conf",
                "GROWTHBUS_DATA_DIR", folder.resolve("data").toString(),
                "GROWTHBUS_STRIPE_WEBHOOK_SECRET", SECRET,
                "GROWTHBUS_PG_CONNECT_TIMEOUT", "20s",
                "GROWTHBUS_ENTITLEMENTS_READ_TIMEOUT", "900ms",
                "GROWTHBUS_ACTIVATION_SWEEP", "300ms",
                "GROWTHBUS_ACTIVATION_PUSH_AGAIN", "300ms",
                "GROWTHBUS_PG_URI", postgres.uri()));
    database = new Migrations(config.postgres()).run();
    vertx = Vertx.vertx();
    bus = new Bus(vertx);
    Live<GrowthConfig> growth = new Live<>(config.growth());
    Await.result(vertx.deployVerticle(new IngestVerticle(bus, growth, config.ingest(), database)));
    Await.result(
        vertx.deployVerticle(
            new EntitlementsVerticle(
                bus,
                growth,
                config.entitlements(),
                database,
                () -> Instant.ofEpochMilli(nowMs.get()))));
    Await.result(bus.hear(Channels.PROMPT_RAISED, raised::add));
  }

  @AfterEach
  void stopRooms() {
    Await.result(vertx.close());
    postgres.close();
  }

  private void startActivation() {
    ActivationSettings settings = config.activation();
    Await.result(
        vertx.deployVerticle(
            new ActivationVerticle(bus, new Live<>(config.growth()), settings, database)));
  }

  private Entitlement entitlement(String user) {
    return Await.result(bus.ask(Channels.RESOLVE_ENTITLEMENT, new ResolveEntitlement(user)));
  }

  /** The entitlement of a user as the database has it; a busy machine may take its time. */
  private Entitlement known(String user) {
    Await.until(
        "the entitlement of " + user + " is read",
        SOON,
        () -> entitlement(user).state() == State.FRESH || entitlement(user).state() == State.GRACE);
    return entitlement(user);
  }

  /** Moves the usage of users over the threshold, which is committed when this returns. */
  private void cross(String... users) {
    for (String user : users) {
      byte[] body =
          Events.projectsCreated(user, THRESHOLD).encode().getBytes(StandardCharsets.UTF_8);
      assertThat(
              Await.result(
                      bus.ask(
                          Channels.RECORD_EVENTS,
                          new RecordEvents(body, null, true, System.currentTimeMillis())))
                  .accepted())
          .isEqualTo(THRESHOLD);
    }
  }

  /** A delivery that begins a subscription of tier pro, or changes its status. */
  private void subscribe(String user, String status, Duration paidFor, @Nullable String more) {
    String body =
        """
        {"id": "evt_%1$s_%2$s", "type": "customer.subscription.updated", "created": %3$d,
         "data": {"object": {"id": "sub_%1$s", "customer": "cus_%1$s", "status": "%2$s",
           "current_period_end": %4$d, %5$s "metadata": {"user_id": "%1$s", "tier": "pro"}}}}
        """
            .formatted(
                user,
                status,
                nowMs.get() / 1_000,
                nowMs.get() / 1_000 + paidFor.toSeconds(),
                more == null ? "" : more);
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    Map<String, String> headers = Map.of("stripe-signature", signature(nowMs.get() / 1_000, body));
    assertThat(
            Await.result(
                    bus.ask(
                        Channels.RECEIVE_WEBHOOK,
                        new ReceiveWebhook("stripe", headers, bytes, nowMs.get())))
                .outcome())
        .isEqualTo("applied");
  }

  private static String signature(long atS, String body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      byte[] code = mac.doFinal((atS + "." + body).getBytes(StandardCharsets.UTF_8));
      return "t=" + atS + ",v1=" + HexFormat.of().formatHex(code);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private Set<String> asked() {
    Set<String> users = new TreeSet<>();
    raised.forEach(prompt -> users.add(prompt.userId()));
    return users;
  }

  private long prompts(String state, List<String> users) {
    return postgres.number(
        "SELECT count(*) FROM activation.prompt WHERE state = '%s' AND user_id IN ('%s')"
            .formatted(state, String.join("','", users)));
  }

  private void awaitPrompts(String state, List<String> users) {
    Await.until(
        users + " have a prompt that is " + state,
        SOON,
        () -> prompts(state, users) == users.size());
  }

  private int pending(String user) {
    return Await.result(bus.ask(Channels.LIST_PENDING_PROMPTS, new ListPendingPrompts(user)))
        .prompts()
        .size();
  }

  /** One user of each kind that pays, or has paid and whose news are late. */
  private List<String> payers(String name) {
    Duration month = Duration.ofDays(30);
    subscribe(name + "active", "active", month, null);
    subscribe(name + "renewing", "active", Duration.ofHours(1), null);
    subscribe(name + "trialing", "trialing", month, null);
    subscribe(name + "overdue", "past_due", month, null);
    subscribe(name + "leaving", "active", month, "\"cancel_at_period_end\": true,");
    return Stream.of("active", "renewing", "trialing", "overdue", "leaving")
        .map(kind -> name + kind)
        .toList();
  }

  private void pass(Duration time) {
    nowMs.addAndGet(time.toMillis());
  }

  @Test
  void while_billing_is_silent_who_pays_keeps_the_plan_and_is_asked_nothing() {
    startActivation();
    List<String> payers = payers("b");
    assertThat(payers).allSatisfy(u -> assertThat(known(u).tier()).isEqualTo("pro"));
    cross("b_free");
    awaitPrompts("pending", List.of("b_free"));

    // The renewal is late and nothing is delivered: up to the last moment of the grace.
    pass(Duration.ofHours(73).minusSeconds(10));
    assertThat(payers).allSatisfy(u -> assertThat(known(u).tier()).isEqualTo("pro"));
    assertThat(known("brenewing").reason()).isEqualTo("renewal_pending");
    assertThat(known("boverdue").reason()).isEqualTo("grace");
    cross(payers.toArray(String[]::new));
    awaitPrompts("suppressed", payers);
    assertThat(payers).allSatisfy(u -> assertThat(pending(u)).isZero());
    assertThat(asked()).containsExactly("b_free");

    // Nobody keeps a plan past its written deadline.
    pass(Duration.ofSeconds(10));
    assertThat(known("brenewing").tier()).isEqualTo("free");
    assertThat(known("bactive").tier()).isEqualTo("pro");
  }

  @Test
  void while_the_database_is_down_who_pays_keeps_the_plan_and_only_the_free_are_asked_after_it() {
    List<String> payers = payers("d");
    List<String> everybody = new ArrayList<>(payers);
    everybody.addAll(List.of("d_free", "d_unread"));
    everybody.stream()
        .filter(user -> !user.equals("d_unread"))
        .forEach(
            user -> assertThat(known(user).revision()).isEqualTo(user.equals("d_free") ? 0 : 1));

    // Usage has crossed and is committed; nobody has looked at it yet.
    cross(everybody.toArray(String[]::new));
    postgres.crash();
    startActivation();
    pass(Duration.ofMinutes(10));
    for (String payer : payers) {
      Entitlement known = entitlement(payer);
      assertThat(known.tier()).isEqualTo("pro");
      assertThat(known.state()).isEqualTo(State.STALE);
    }
    assertThat(entitlement("d_unread").state()).isEqualTo(State.FALLBACK);
    Future<?> refused = bus.ask(Channels.LIST_PENDING_PROMPTS, new ListPendingPrompts("d_free"));
    assertThat(Await.failure(refused)).hasMessageContaining("Prompts cannot be read");
    assertThat(asked()).isEmpty();

    // Longer than anything that is known is trusted: a guess is no reason to sell.
    pass(Duration.ofHours(25));
    assertThat(payers)
        .allSatisfy(u -> assertThat(entitlement(u).state()).isEqualTo(State.FALLBACK));
    assertThat(asked()).isEmpty();

    postgres.start();
    awaitPrompts("suppressed", payers);
    Await.until(
        "the free ones are asked", SOON, () -> asked().containsAll(List.of("d_free", "d_unread")));
    assertThat(payers)
        .allSatisfy(
            user -> {
              assertThat(known(user).tier()).isEqualTo("pro");
              assertThat(pending(user)).isZero();
            });
    assertThat(pending("d_free")).isEqualTo(1);
    assertThat(asked()).containsExactly("d_free", "d_unread");
  }
}
