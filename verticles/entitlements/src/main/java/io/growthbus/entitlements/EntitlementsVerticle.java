package io.growthbus.entitlements;

import io.growthbus.entitlements.store.PgSubscriptionStore;
import io.growthbus.entitlements.store.SubscriptionStore;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Room entitlements: applies billing webhooks and answers what a user may use. */
public final class EntitlementsVerticle extends VerticleBase {
  private final Bus bus;
  private final Live<GrowthConfig> config;
  private final EntitlementsSettings settings;
  private final PostgresSettings postgres;
  private final InstantSource clock;
  private @Nullable SubscriptionStore store;

  public EntitlementsVerticle(
      Bus bus,
      Live<GrowthConfig> config,
      EntitlementsSettings settings,
      PostgresSettings postgres) {
    this(bus, config, settings, postgres, InstantSource.system());
  }

  /** With a clock of one's own: deadlines are a matter of days. */
  EntitlementsVerticle(
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
    SubscriptionStore subscriptions =
        new PgSubscriptionStore(Postgres.pool(vertx, postgres, "entitlements"));
    store = subscriptions;
    EntitlementCache cache =
        new EntitlementCache(
            subscriptions, clock, () -> config.get().entitlements().cacheTtl(), settings);
    EntitlementsService service =
        new EntitlementsService(subscriptions, cache, bus, config, settings, clock);
    return Future.all(
        bus.answer(Channels.RESOLVE_ENTITLEMENT, service::resolve),
        bus.answer(Channels.RECEIVE_WEBHOOK, service::receive),
        bus.hear(Channels.ENTITLEMENT_CHANGED, service::changed));
  }

  @Override
  public Future<?> stop() {
    return store == null ? Future.succeededFuture() : store.close();
  }
}
