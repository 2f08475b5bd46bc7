package io.growthbus.flags;

import io.growthbus.flags.core.WithoutErased;
import io.growthbus.flags.store.FlagStore;
import io.growthbus.flags.store.PgFlagStore;
import io.growthbus.flags.store.PgUserErasure;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.erasure.ErasingRoom;
import io.growthbus.shared.flags.Flags;
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
  private @Nullable ErasingRoom erasure;

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
    ErasingRoom erasing = new ErasingRoom(vertx, bus, postgres, "flags");
    erasure = erasing;
    config.onChange(
        changed ->
            context.runOnContext(
                now ->
                    service
                        .follow(ofFile(changed))
                        .onFailure(e -> LOG.error("the flags of growth.json were not stored", e))));
    vertx.setPeriodic(
        settings.poll().toMillis(),
        timer -> service.poll().onFailure(e -> LOG.warn("flags cannot be read: {}", e.toString())));
    // Whom to keep out has to be known before the file is stored, which may still name them.
    return erase(erasing, service)
        .compose(started -> service.follow(ofFile(config.get())))
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
                        question -> Future.succeededFuture(service.definitionsAfter(question.after()))),
                    bus.hear(
                        Channels.FLAGS_CHANGED,
                        change ->
                            service
                                .catchUp(change.revision())
                                .onFailure(
                                    e -> LOG.warn("flags cannot be read: {}", e.toString())))));
  }

  private Future<Void> erase(ErasingRoom erasing, FlagsService service) {
    PgUserErasure eraser = new PgUserErasure(erasing.pool());
    return erasing.start(
        pass ->
            eraser
                .erase(pass.userId())
                .compose(
                    revision ->
                        revision.isPresent()
                            ? service.changed(revision.get())
                            : Future.succeededFuture()),
        PgUserErasure.SOURCES,
        Channels.EXPORT_FROM_FLAGS);
  }

  private Flags ofFile(GrowthConfig file) {
    return erasure == null
        ? file.flags()
        : WithoutErased.of(file.flags(), erasure.suppression()::contains);
  }

  @Override
  public Future<?> stop() {
    return (erasure == null ? Future.<Void>succeededFuture() : erasure.stop())
        .eventually(() -> store == null ? Future.succeededFuture() : store.close());
  }
}
