package io.growthbus.activation;

import io.growthbus.activation.store.PgPromptStore;
import io.growthbus.activation.store.PgUserErasure;
import io.growthbus.activation.store.PromptStore;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.erasure.ErasingRoom;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Room activation: watches counters and raises upgrade prompts, once. */
public final class ActivationVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(ActivationVerticle.class);

  private final Bus bus;
  private final Live<GrowthConfig> config;
  private final ActivationSettings settings;
  private final PostgresSettings postgres;
  private Future<Void> sweep = Future.succeededFuture();
  private @Nullable PromptStore store;
  private @Nullable ErasingRoom erasure;

  public ActivationVerticle(
      Bus bus, Live<GrowthConfig> config, ActivationSettings settings, PostgresSettings postgres) {
    this.bus = bus;
    this.config = config;
    this.settings = settings;
    this.postgres = postgres;
  }

  @Override
  public Future<?> start() {
    PromptStore prompts = new PgPromptStore(Postgres.pool(vertx, postgres, "activation"));
    store = prompts;
    Supplier<List<Rule>> rules = () -> config.get().activation().rules();
    ActivationService service = new ActivationService(vertx, prompts, bus, config, rules, settings);
    ErasingRoom erasing = new ErasingRoom(vertx, bus, postgres, "activation");
    erasure = erasing;
    PgUserErasure eraser = new PgUserErasure(erasing.pool());
    vertx.setPeriodic(settings.sweep().toMillis(), timer -> sweep(service));
    return Future.all(
        bus.take(Channels.USAGE_ADVANCED, service::usageAdvanced),
        bus.answer(Channels.LIST_PENDING_PROMPTS, service::pending),
        bus.answer(Channels.ACKNOWLEDGE_PROMPT, service::acknowledge),
        bus.answer(Channels.EXPLAIN_PROMPT, new Explainer(prompts, bus, config, rules)::explain),
        erasing.begin(
            pass -> eraser.erase(pass.userId()).map(service::erased),
            PgUserErasure.SOURCES,
            Channels.EXPORT_FROM_ACTIVATION),
        bus.hear(
            Channels.ENTITLEMENT_CHANGED,
            change ->
                service
                    .entitlementChanged(change)
                    .onFailure(
                        e ->
                            LOG.warn(
                                "prompts were not checked after a change: {}", e.toString()))));
  }

  @Override
  public Future<?> stop() {
    return sweep
        .otherwiseEmpty()
        .compose(done -> store == null ? Future.succeededFuture() : store.close())
        .eventually(() -> erasure == null ? Future.succeededFuture() : erasure.stop());
  }

  /** One sweep at a time; the next begins after the former one has ended. */
  private void sweep(ActivationService service) {
    if (sweep.isComplete()) {
      sweep =
          service
              .sweep()
              .onFailure(e -> LOG.warn("the sweep failed and will be repeated: {}", e.toString()));
    }
  }
}
