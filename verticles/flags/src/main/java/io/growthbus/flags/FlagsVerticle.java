package io.growthbus.flags;

import io.growthbus.flags.store.FlagStore;
import io.growthbus.flags.store.PgFlagStore;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Room flags: holds the definitions and evaluates them. */
public final class FlagsVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(FlagsVerticle.class);
  private static final int CONNECTIONS = 2;

  private final Bus bus;
  private final Live<GrowthConfig> config;
  private final FlagsSettings settings;
  private final PostgresSettings postgres;
  private @Nullable FlagStore store;

  public FlagsVerticle(
      Bus bus, Live<GrowthConfig> config, FlagsSettings settings, PostgresSettings postgres) {
    this.bus = bus;
    this.config = config;
    this.settings = settings;
    this.postgres = postgres;
  }

  @Override
  public Future<?> start() {
    FlagStore definitions = new PgFlagStore(Postgres.pool(vertx, postgres, "flags", CONNECTIONS));
    store = definitions;
    FlagsService service = new FlagsService(definitions, bus);
    config.onChange(
        changed ->
            context.runOnContext(
                now ->
                    service
                        .follow(changed.flags())
                        .onFailure(e -> LOG.error("the flags of growth.json were not stored", e))));
    vertx.setPeriodic(
        settings.poll().toMillis(),
        timer -> service.poll().onFailure(e -> LOG.warn("flags cannot be read: {}", e.toString())));
    return service
        .follow(config.get().flags())
        .compose(
            done ->
                Future.all(
                    bus.answer(
                        Channels.EVALUATE_FLAG,
                        question -> Future.succeededFuture(service.evaluate(question))),
                    bus.answer(
                        Channels.EVALUATE_FLAGS,
                        question -> Future.succeededFuture(service.evaluateAll(question))),
                    bus.answer(
                        Channels.READ_FLAG_SET,
                        question -> Future.succeededFuture(service.definitions())),
                    bus.hear(
                        Channels.FLAGS_CHANGED,
                        change ->
                            service
                                .catchUp(change.revision())
                                .onFailure(
                                    e -> LOG.warn("flags cannot be read: {}", e.toString())))));
  }

  @Override
  public Future<?> stop() {
    return store == null ? Future.succeededFuture() : store.close();
  }
}
