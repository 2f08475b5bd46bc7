package io.growthbus.activation;

import io.growthbus.activation.store.PgConversionStore;
import io.growthbus.activation.store.PgCrossingEventStore;
import io.growthbus.activation.store.PgPromptStore;
import io.growthbus.activation.store.PgUserErasure;
import io.growthbus.activation.store.PromptStore;
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
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Room activation: watches counters and raises upgrade prompts, once. */
public final class ActivationVerticle extends VerticleBase {
  /** How often payments are looked for whose change was not heard. */
  private static final Duration PAYMENTS = Duration.ofMinutes(1);

  private static final Logger LOG = LoggerFactory.getLogger(ActivationVerticle.class);

  private final Bus bus;
  private final Live<GrowthConfig> config;
  private final ActivationSettings settings;
  private final PostgresSettings postgres;
  private final List<Chore> chores = new ArrayList<>();
  private @Nullable PromptStore store;
  private @Nullable ErasingRoom erasure;
  private volatile boolean stopped;

  public ActivationVerticle(
      Bus bus, Live<GrowthConfig> config, ActivationSettings settings, PostgresSettings postgres) {
    this.bus = bus;
    this.config = config;
    this.settings = settings;
    this.postgres = postgres;
  }

  @Override
  public Future<?> start() {
    Pool pool =
        Postgres.pool(vertx, postgres, "activation", postgres.poolSize(), PgPromptStore.SESSION);
    PromptStore prompts = new PgPromptStore(pool);
    store = prompts;
    ErasingRoom erasing = new ErasingRoom(vertx, bus, postgres, "activation");
    erasure = erasing;
    Rules rules = new Rules(vertx, bus, pool, erasing.suppression(), config);
    Conversions conversions =
        new Conversions(vertx, new PgConversionStore(pool), bus, config, settings.attribution());
    Inquiry inquiry = new Inquiry(bus, config);
    ActivationService service =
        new ActivationService(
            vertx,
            prompts,
            bus,
            new CrossingWatch(prompts, bus, rules::now, settings, InstantSource.system()),
            new Presenter(vertx, prompts, bus, config, rules::now, inquiry, conversions::ghosted),
            settings);
    PgUserErasure eraser = new PgUserErasure(erasing.pool());
    config.onChange(changed -> whileRunning(() -> rules.follow(changed)));
    CrossingEvents events =
        new CrossingEvents(
            new PgCrossingEventStore(pool),
            bus,
            InstantSource.system(),
            user -> erasing.suppression().contains(user));
    chores.add(
        new Chore("the sweep", () -> rules.sweep().compose(known -> service.sweep()))
            .every(vertx, settings.sweep()));
    chores.add(new Chore("telling of crossings", events::tell).every(vertx, settings.sweep()));
    chores.add(new Chore("the look for payments", conversions::sweep).every(vertx, PAYMENTS));
    return erasing
        .begin(
            pass ->
                eraser
                    .erase(pass.userId())
                    .map(
                        erased -> {
                          rules.adopt(erased.rules());
                          return service.erased(erased.open());
                        }),
            PgUserErasure.SOURCES,
            Channels.EXPORT_FROM_ACTIVATION)
        .compose(
            begun ->
                Future.all(
                    rules.start(),
                    bus.take(
                        Channels.USAGE_ADVANCED,
                        // What other rules than those of PostgreSQL would raise is left to a sweep.
                        fact -> rules.ready().compose(known -> service.usageAdvanced(fact))),
                    Future.all(
                        bus.answer(
                            Channels.LIST_PENDING_PROMPTS,
                            question ->
                                rules.ready().transform(known -> service.pending(question))),
                        bus.answer(Channels.FIND_WAITING_PROMPTS, service::waiting)),
                    bus.answer(
                        Channels.ACKNOWLEDGE_PROMPT,
                        order ->
                            service
                                .acknowledge(order)
                                .onSuccess(done -> conversions.acknowledged(order))),
                    bus.answer(
                        Channels.EXPLAIN_PROMPT,
                        new Explainer(prompts, bus, config, rules::now, inquiry)::explain),
                    bus.hear(
                        Channels.ENTITLEMENT_CHANGED,
                        change ->
                            conversions
                                .entitlementChanged(change)
                                // What a payment has taken from the pages is not taken back twice.
                                .eventually(() -> service.entitlementChanged(change))
                                .onFailure(
                                    e ->
                                        LOG.warn(
                                            "prompts were not checked after a change: {}",
                                            e.toString())))));
  }

  /** The configuration outlives the room; a context that is gone takes no work. */
  private void whileRunning(Runnable work) {
    if (!stopped) {
      context.runOnContext(now -> work.run());
    }
  }

  @Override
  public Future<?> stop() {
    stopped = true;
    return Future.join(chores.stream().map(Chore::settled).toList())
        .compose(done -> store == null ? Future.succeededFuture() : store.close())
        .eventually(() -> erasure == null ? Future.succeededFuture() : erasure.stop());
  }
}
