package io.growthbus.entitlements;

import io.growthbus.entitlements.provider.BillingProvider;
import io.growthbus.entitlements.provider.StandardProvider;
import io.growthbus.entitlements.provider.StripeApi;
import io.growthbus.entitlements.provider.StripeProvider;
import io.growthbus.entitlements.store.LedgerStore;
import io.growthbus.entitlements.store.PgClaimStore;
import io.growthbus.entitlements.store.PgLedgerStore;
import io.growthbus.entitlements.store.PgOverrideStore;
import io.growthbus.entitlements.store.PgReconciliationStore;
import io.growthbus.entitlements.store.PgSubscriptionStore;
import io.growthbus.entitlements.store.PgUserErasure;
import io.growthbus.entitlements.store.PgWebhookInbox;
import io.growthbus.entitlements.store.SubscriptionStore;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.erasure.ErasingRoom;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Room entitlements: applies billing webhooks and answers what a user may use. */
public final class EntitlementsVerticle extends VerticleBase {
  private static final Duration FORGET_EVERY = Duration.ofMinutes(10);

  private final Bus bus;
  private final Live<GrowthConfig> config;
  private final EntitlementsSettings settings;
  private final PostgresSettings postgres;
  private final InstantSource clock;
  private @Nullable SubscriptionStore store;
  private @Nullable ErasingRoom erasure;
  private @Nullable Reconciler reconciler;
  private @Nullable StripeApi stripe;
  private @Nullable MemberSweep members;

  public EntitlementsVerticle(
      Bus bus,
      Live<GrowthConfig> config,
      EntitlementsSettings settings,
      PostgresSettings postgres) {
    this(bus, config, settings, postgres, InstantSource.system());
  }

  /** With a clock of one's own: deadlines are a matter of days. */
  public EntitlementsVerticle(
      Bus bus,
      Live<GrowthConfig> config,
      EntitlementsSettings settings,
      PostgresSettings postgres,
      InstantSource clock) {
    this.bus = bus;
    this.config = config;
    this.settings = settings;
    this.postgres = postgres;
    this.clock = clock;
  }

  @Override
  public Future<?> start() {
    Pool pool = Postgres.pool(vertx, postgres, "entitlements");
    SubscriptionStore subscriptions =
        new PgSubscriptionStore(
            pool, Postgres.pool(vertx, postgres, "entitlements", settings.readConnections()));
    store = subscriptions;
    EntitlementCache cache =
        new EntitlementCache(
            subscriptions, clock, () -> config.get().entitlements().cacheTtl(), settings);
    ErasingRoom erasing = new ErasingRoom(vertx, bus, postgres, "entitlements");
    erasure = erasing;
    EntitlementsService service = new EntitlementsService(cache, subscriptions, bus, config, clock);
    WebhookService webhooks =
        new WebhookService(
            subscriptions,
            new PgWebhookInbox(pool),
            providers(),
            config,
            clock,
            erasing.suppression()::check,
            service::announce);
    Reconciler comparing =
        new Reconciler(
            vertx,
            new PgReconciliationStore(pool),
            source(),
            webhooks::correct,
            settings.reconciliation().hourUtc(),
            clock);
    reconciler = comparing;
    LedgerStore orders = new PgLedgerStore(pool);
    CheckService checks = new CheckService(service, orders, bus, config, settings, clock);
    LedgerService ledger =
        new LedgerService(
            orders, service, config, clock, erasing.suppression()::check, LedgerService.PATIENCE);
    OverrideService overrides =
        new OverrideService(
            new PgOverrideStore(pool),
            config,
            clock,
            erasing.suppression()::check,
            service::announce);
    MemberSweep joining =
        new MemberSweep(vertx, new PgClaimStore(pool), overrides::claim, settings.members());
    members = joining;
    vertx.setPeriodic(FORGET_EVERY.toMillis(), timer -> ledger.forget());
    PgUserErasure eraser = new PgUserErasure(erasing.pool());
    return erasing
        .begin(
            pass -> eraser.erase(pass).onSuccess(done -> service.erased(pass.userId())),
            PgUserErasure.SOURCES,
            Channels.EXPORT_FROM_ENTITLEMENTS)
        .compose(started -> serve(service, webhooks, comparing))
        .compose(serving -> serve(overrides, joining))
        .compose(serving -> serve(checks, ledger))
        .onSuccess(
            serving -> {
              comparing.start();
              joining.start();
            });
  }

  private Future<?> serve(OverrideService overrides, MemberSweep joining) {
    return Future.all(
        bus.take(Channels.MEMBERS_NAMED, joining::named),
        bus.answer(Channels.READ_OVERRIDE, overrides::read),
        bus.answer(Channels.PUT_OVERRIDE, overrides::put),
        bus.answer(Channels.DELETE_OVERRIDE, overrides::delete),
        bus.answer(Channels.PUT_ACCOUNT_MEMBER, overrides::member));
  }

  private Future<?> serve(CheckService checks, LedgerService ledger) {
    return Future.all(
        bus.answer(Channels.CHECK_ENTITLEMENT, checks::check),
        bus.answer(Channels.USE_ENTITLEMENT, ledger::use),
        bus.answer(Channels.SETTLE_RESERVATION, ledger::settle));
  }

  private List<BillingProvider> providers() {
    return List.of(
        new StripeProvider(nowMs -> validAt(nowMs, settings.stripeSecrets())),
        new StandardProvider(nowMs -> validAt(nowMs, settings.standardSecrets())));
  }

  private static List<String> validAt(long nowMs, List<WebhookSecret> secrets) {
    return secrets.stream()
        .filter(secret -> secret.isValidAt(nowMs))
        .map(secret -> secret.secret().reveal())
        .toList();
  }

  private @Nullable StripeApi source() {
    ReconciliationSettings asked = settings.reconciliation();
    if (asked.apiKey() == null) {
      return null;
    }
    stripe =
        new StripeApi(vertx, asked.apiUrl(), asked.apiKey(), () -> config.get().entitlements());
    return stripe;
  }

  private Future<?> serve(
      EntitlementsService service, WebhookService webhooks, Reconciler comparing) {
    return Future.all(
        List.of(
            bus.answer(Channels.RESOLVE_ENTITLEMENT, service::resolve),
            bus.answer(Channels.RECEIVE_WEBHOOK, webhooks::receive),
            bus.answer(Channels.LIST_WEBHOOKS, webhooks::list),
            bus.answer(Channels.REAPPLY_WEBHOOKS, webhooks::reapply),
            bus.answer(Channels.RECONCILE, comparing::order),
            bus.answer(Channels.LIST_RECONCILIATIONS, question -> comparing.latest()),
            bus.hear(Channels.ENTITLEMENT_CHANGED, service::changed),
            bus.hear(Channels.USER_FORGOTTEN, service::forgotten)));
  }

  @Override
  public Future<?> stop() {
    return (reconciler == null ? Future.<Void>succeededFuture() : reconciler.stop())
        .eventually(() -> members == null ? Future.succeededFuture() : members.stop())
        .eventually(() -> stripe == null ? Future.succeededFuture() : stripe.close())
        .eventually(() -> erasure == null ? Future.succeededFuture() : erasure.stop())
        .eventually(() -> store == null ? Future.succeededFuture() : store.close());
  }
}
