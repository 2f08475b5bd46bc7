package io.growthbus.entitlements;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.entitlements.core.StandardSignature;
import io.growthbus.entitlements.core.StripeSignature;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.ListWebhooks;
import io.growthbus.shared.message.PutAccountMember;
import io.growthbus.shared.message.ReapplyWebhooks;
import io.growthbus.shared.message.ReceiveWebhook;
import io.growthbus.shared.message.ResolveEntitlement;
import io.growthbus.shared.message.StoredWebhook;
import io.growthbus.shared.message.WebhookPage;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Secret;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** The inbox with all its providers, in a room that runs. */
class WebhooksIT {
  private static final String STRIPE = "whsec_one";
  private static final String STANDARD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  private static final long NOW_MS = 1_795_000_000_000L;
  private static final Vertx VERTX = Vertx.vertx();
  private static final Bus BUS = new Bus(VERTX);
  private static final Live<GrowthConfig> CONFIG = new Live<>(config(""));
  private static final AtomicInteger NAMES = new AtomicInteger();

  static {
    PostgresSettings database = TestPostgres.freshDatabase();
    Await.result(
        VERTX.deployVerticle(
            new EntitlementsVerticle(
                BUS,
                CONFIG,
                TestSettings.of(
                    List.of(new Secret(STRIPE)),
                    List.of(new Secret(STANDARD)),
                    100,
                    Duration.ofSeconds(5)),
                database,
                () -> Instant.ofEpochMilli(NOW_MS))));
  }

  private final String name = "n" + NAMES.incrementAndGet() + "_";

  @AfterAll
  static void stop() {
    Await.result(VERTX.close());
  }

  private static GrowthConfig config(String plans) {
    return GrowthConfigReader.read(
        """
        {"entitlements": {"tiers": {
           "free": {"limits": {"api_calls": 100}},
           "pro": {"limits": {"api_calls": 10000, "seats": 3}, "features": ["export"]}}%s}}
        """
            .formatted(plans),
        new Problems());
  }

  private static String stripe(String json) {
    byte[] body = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    String signature = StripeSignature.sign(STRIPE, NOW_MS / 1000, body);
    return Await.result(
            BUS.ask(
                Channels.RECEIVE_WEBHOOK,
                new ReceiveWebhook("stripe", Map.of("stripe-signature", signature), body, NOW_MS)))
        .outcome();
  }

  private ReceiveWebhook standard(String id, String atIso, String data) {
    byte[] body =
        "{'type':'entitlement.updated','timestamp':'%s','data':{%s}}"
            .formatted(atIso, data)
            .replace('\'', '"')
            .getBytes(StandardCharsets.UTF_8);
    byte[] key = StandardSignature.key(STANDARD).orElseThrow();
    return new ReceiveWebhook(
        "standard",
        Map.of(
            "webhook-id",
            name + id,
            "webhook-timestamp",
            String.valueOf(NOW_MS / 1000),
            "webhook-signature",
            StandardSignature.sign(key, name + id, NOW_MS / 1000, body)),
        body,
        NOW_MS);
  }

  private String deliver(String id, String atIso, String data) {
    return Await.result(BUS.ask(Channels.RECEIVE_WEBHOOK, standard(id, atIso, data))).outcome();
  }

  private static Entitlement resolve(String user) {
    return Await.result(BUS.ask(Channels.RESOLVE_ENTITLEMENT, new ResolveEntitlement(user)));
  }

  private static WebhookPage list(@Nullable String outcome, int limit, @Nullable String cursor) {
    return Await.result(
        BUS.ask(Channels.LIST_WEBHOOKS, new ListWebhooks(null, outcome, limit, cursor)));
  }

  private static StoredWebhook stored(String id) {
    return list(null, 1_000, null).items().stream()
        .filter(one -> one.eventId().equals(id))
        .findFirst()
        .orElseThrow();
  }

  private String subscription(String id, String more) {
    return """
    {'id':'%s','type':'customer.subscription.created','created':%d,
     'data':{'object':{'id':'%ssub','customer':'%scus','status':'active',%s}}}
    """
        .formatted(name + id, NOW_MS / 1000, name, name, more);
  }

  @Test
  void a_standard_webhook_gives_a_tier_with_limits_and_features_of_its_own() {
    String user = name + "ada";
    assertThat(
            deliver(
                "m1",
                "2026-11-24T12:00:00Z",
                "'user_id':'%s','tier':'pro','status':'active','limits':{'api_calls':7,'seats':null},'features':['sso']"
                    .formatted(user)))
        .isEqualTo("applied");

    Entitlement known = resolve(user);
    assertThat(known.tier()).isEqualTo("pro");
    assertThat(known.limits()).isEqualTo(Map.of("api_calls", 7L));
    assertThat(known.unlimited()).containsExactly("seats");
    assertThat(known.features()).containsExactly("sso");
  }

  @Test
  void the_higher_version_wins_whatever_its_time_and_its_arrival() {
    String data = "'user_id':'" + name + "ada','tier':'%s','status':'active','version':%d";
    assertThat(deliver("m1", "2026-11-24T12:00:00Z", data.formatted("pro", 8)))
        .isEqualTo("applied");
    assertThat(deliver("m2", "2026-11-24T13:00:00Z", data.formatted("free", 7)))
        .isEqualTo("superseded");
    assertThat(deliver("m1", "2026-11-24T12:00:00Z", data.formatted("pro", 8)))
        .isEqualTo("duplicate");
    assertThat(resolve(name + "ada").tier()).isEqualTo("pro");
  }

  @Test
  void what_belongs_to_an_account_is_kept_as_that() {
    assertThat(
            deliver(
                "m1",
                "2026-11-24T12:00:00Z",
                "'account_id':'" + name + "acme','tier':'pro','status':'active'"))
        .isEqualTo("applied");
    assertThat(stored(name + "m1").subscriptionId()).isEqualTo("account:" + name + "acme");
  }

  @Test
  void what_an_account_has_its_members_have_at_once() {
    String account = name + "acme";
    Await.result(
        BUS.ask(Channels.PUT_ACCOUNT_MEMBER, new PutAccountMember(account, name + "ada", true)));
    assertThat(resolve(name + "ada").tier()).isEqualTo("free");
    deliver(
        "m1",
        "2026-11-18T10:00:00Z",
        "'account_id':'" + account + "','tier':'pro','status':'active'");
    assertThat(resolve(name + "ada").tier()).isEqualTo("pro");
    List<String> told = new CopyOnWriteArrayList<>();
    Await.result(BUS.hear(Channels.ENTITLEMENT_CHANGED, change -> told.add(change.userId())));
    assertThat(
            deliver(
                "m1",
                "2026-11-18T10:00:00Z",
                "'account_id':'" + account + "','tier':'pro','status':'active'"))
        .isEqualTo("duplicate");
    Await.until(
        "its members are told again", Duration.ofSeconds(20), () -> told.contains(name + "ada"));

    deliver(
        "m2",
        "2026-11-18T11:00:00Z",
        "'account_id':'" + account + "','tier':'pro','status':'canceled'");
    assertThat(resolve(name + "ada").tier()).isEqualTo("free");
  }

  @Test
  void a_standard_webhook_of_a_wrong_key_changes_nothing() {
    ReceiveWebhook right =
        standard("m1", "2026-11-24T12:00:00Z", "'user_id':'x','status':'active'");
    byte[] other = right.body().clone();
    other[10] ^= 1;
    RoomException refusal =
        (RoomException)
            Await.failure(
                BUS.ask(
                    Channels.RECEIVE_WEBHOOK,
                    new ReceiveWebhook("standard", right.headers(), other, NOW_MS)));
    assertThat(refusal.code()).isEqualTo("invalid_signature");
  }

  @Test
  void a_thin_event_is_acknowledged_and_shown_as_not_supported() {
    assertThat(
            stripe(
                "{'id':'%sthin','object':'v2.core.event','type':'v1.customer.subscription.updated','created':'2026-11-24T12:00:00.000Z'}"
                    .formatted(name)))
        .isEqualTo("unsupported");
    assertThat(stored(name + "thin").outcome()).isEqualTo("unsupported");
  }

  @Test
  void features_that_stripe_counts_up_replace_those_of_the_count_before() {
    String user = name + "ada";
    stripe(subscription("e1", "'metadata':{'user_id':'" + user + "','tier':'pro'}"));
    String summary =
        """
        {'id':'%s','type':'entitlements.active_entitlement_summary.updated','created':%d,
         'data':{'object':{'customer':'%scus','entitlements':{'data':[%s],'has_more':%s}}}}
        """;
    assertThat(
            stripe(
                summary.formatted(
                    name + "f2", 200, name, "{'lookup_key':'sso'},{'lookup_key':'audit'}", false)))
        .isEqualTo("applied");
    assertThat(resolve(user).features()).containsExactly("audit", "export", "sso");

    assertThat(stripe(summary.formatted(name + "f1", 100, name, "{'lookup_key':'old'}", false)))
        .isEqualTo("superseded");
    assertThat(stripe(summary.formatted(name + "f3", 300, name, "{'lookup_key':'some'}", true)))
        .isEqualTo("incomplete");
    assertThat(stripe(summary.formatted(name + "f4", 400, name, "{'lookup_key':'sso'}", false)))
        .isEqualTo("applied");
    assertThat(resolve(user).features()).containsExactly("export", "sso");
  }

  @Test
  void with_its_customer_a_subscription_ends_in_whatever_order_both_arrive() {
    String deleted =
        "{'id':'%s','type':'customer.deleted','created':%d,'data':{'object':{'id':'%scus'}}}"
            .formatted(name + "gone", NOW_MS / 1000 - 5, name);
    String user = name + "ada";
    assertThat(stripe(deleted)).isEqualTo("unlinked");
    stripe(subscription("e1", "'metadata':{'user_id':'" + user + "','tier':'pro'}"));

    assertThat(resolve(user).tier()).isEqualTo("free");
    assertThat(resolve(user).reason()).isEqualTo("canceled");
  }

  @Test
  void what_could_not_be_linked_is_applied_once_the_configuration_knows_its_plan() {
    String user = name + "ada";
    String price = name + "monthly";
    stripe(
        subscription(
            "e1",
            "'metadata':{'user_id':'%s'},'items':{'data':[{'price':{'lookup_key':'%s'}}]}"
                .formatted(user, price)));
    assertThat(resolve(user).tier()).isEqualTo("free");

    CONFIG.set(config(",\"plans\":[{\"tier\":\"pro\",\"prices\":[\"" + price + "\"]}]"));
    assertThat(
            Await.result(
                    BUS.ask(
                        Channels.REAPPLY_WEBHOOKS,
                        new ReapplyWebhooks("stripe", name + "e1", null, 1)))
                .outcomes())
        .isEqualTo(Map.of("applied", 1));
    assertThat(resolve(user).tier()).isEqualTo("pro");
    assertThat(
            Await.result(
                    BUS.ask(
                        Channels.REAPPLY_WEBHOOKS,
                        new ReapplyWebhooks("stripe", name + "e1", null, 1)))
                .outcomes())
        .isEqualTo(Map.of("superseded", 1));
  }

  @Test
  void deliveries_without_an_owner_are_listed_and_reapplied_as_one() {
    stripe(subscription("lonely", "'metadata':{'tier':'pro'}"));
    assertThat(list("unlinked", 1_000, null).items())
        .extracting(StoredWebhook::eventId)
        .contains(name + "lonely");
    assertThat(
            Await.result(
                    BUS.ask(
                        Channels.REAPPLY_WEBHOOKS,
                        new ReapplyWebhooks("stripe", null, "unlinked", 1_000)))
                .outcomes())
        .containsKey("superseded");
  }

  @Test
  void a_delivery_that_is_not_there_cannot_be_reapplied() {
    RoomException refusal =
        (RoomException)
            Await.failure(
                BUS.ask(
                    Channels.REAPPLY_WEBHOOKS,
                    new ReapplyWebhooks("stripe", "evt_nobody", null, 1)));
    assertThat(refusal.code()).isEqualTo("unknown_delivery");
    RoomException unknown =
        (RoomException)
            Await.failure(
                BUS.ask(Channels.REAPPLY_WEBHOOKS, new ReapplyWebhooks("paddle", null, null, 1)));
    assertThat(unknown.code()).isEqualTo("unknown_provider");
  }

  @Test
  void pages_of_the_inbox_show_every_delivery_once_newest_first() {
    for (int i = 0; i < 5; i++) {
      stripe(
          "{'id':'%s','type':'charge.refunded','created':1,'data':{'object':{}}}"
              .formatted(name + "p" + i));
    }
    List<String> seen = new ArrayList<>();
    String cursor = null;
    do {
      WebhookPage page = list("ignored", 2, cursor);
      assertThat(page.items()).hasSizeLessThanOrEqualTo(2);
      page.items().forEach(one -> seen.add(one.eventId()));
      cursor = page.next();
    } while (cursor != null);
    assertThat(seen).doesNotHaveDuplicates();
    assertThat(seen.stream().filter(id -> id.startsWith(name)))
        .containsExactly(name + "p4", name + "p3", name + "p2", name + "p1", name + "p0");
  }

  @Test
  void a_cursor_of_somebody_else_is_refused() {
    RoomException refusal =
        (RoomException)
            Await.failure(
                BUS.ask(Channels.LIST_WEBHOOKS, new ListWebhooks(null, null, 10, "WzFd")));
    assertThat(refusal.code()).isEqualTo("invalid_cursor");
  }
}
