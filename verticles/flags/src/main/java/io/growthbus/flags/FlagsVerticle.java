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
import io.vertx.sqlclient.Pool;
import java.time.InstantSource;
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
  private final InstantSource clock;
  private volatile boolean stopped;
  private @Nullable FlagStore store;
  private @Nullable Administration administration;
  private @Nullable ErasingRoom erasure;
  private volatile @Nullable Exposures exposures;

  public FlagsVerticle(
      Bus bus, Live<GrowthConfig> config, FlagsSettings settings, PostgresSettings postgres) {
    this(bus, config, settings, postgres, InstantSource.system());
  }

  /**
   * A room for which it is another time.
   *
   * @param clock the time by which scheduled changes are due
   */
  FlagsVerticle(
      Bus bus,
      Live<GrowthConfig> config,
      FlagsSettings settings,
      PostgresSettings postgres,
      InstantSource clock) {
    this.clock = clock;
    this.bus = bus;
    this.config = config;
    this.settings = settings;
    this.postgres = postgres;
  }

  @Override
  public Future<?> start() {
    Pool pool = Postgres.pool(vertx, postgres, "flags", CONNECTIONS);
    FlagStore definitions = new PgFlagStore(pool);
    store = definitions;
    FlagsService service = new FlagsService(definitions, bus);
    ErasingRoom erasing = new ErasingRoom(vertx, bus, postgres, "flags");
    erasure = erasing;
    Administration orders =
        new Administration(
            vertx,
            bus,
            pool,
            service,
            config,
            user -> erasing.suppression().contains(user),
            clock,
            settings.poll());
    administration = orders;
    config.onChange(changed -> follow(service, changed));
    vertx.setPeriodic(
        settings.poll().toMillis(),
        timer -> service.poll().onFailure(e -> LOG.warn("flags cannot be read: {}", e.toString())));
    // Whom to keep out has to be known before the file is stored, which may still name them.
    return erase(erasing, service)
        .compose(started -> service.follow(ofFile(config.get())))
        .compose(
            done ->
                Future.all(
                    answerQuestions(service),
                    bus.answer(
                        Channels.READ_FLAG_SET,
                        question -> Future.succeededFuture(service.definitionsAfter(question.after()))),
                    bus.hear(
                        Channels.FLAGS_CHANGED,
                        change ->
                            service
                                .catchUp(change.revision())
                                .onFailure(
                                    e -> LOG.warn("flags cannot be read: {}", e.toString()))),
                    orders.start()));
  }

  private void follow(FlagsService service, GrowthConfig changed) {
    // The configuration outlives the room; a context that is gone takes no work.
    if (!stopped) {
      context.runOnContext(
          now ->
              service
                  .follow(ofFile(changed))
                  .onFailure(e -> LOG.error("the flags of growth.json were not stored", e)));
    }
  }

  private Future<?> answerQuestions(FlagsService service) {
    FactReader facts = new FactReader(bus);
    Exposures noted = new Exposures(vertx, bus, InstantSource.system());
    exposures = noted;
    FlagEvaluation evaluation = new FlagEvaluation(service::current, facts, noted);
    FlagPreviews previews =
        new FlagPreviews(service::current, facts, bus, new FactNames(bus, config));
    return Future.all(
        bus.answer(Channels.EVALUATE_FLAG, evaluation::one),
        bus.answer(Channels.EVALUATE_FLAGS, evaluation::several),
        bus.answer(Channels.PREVIEW_FLAG, previews::preview),
        bus.answer(Channels.MEASURE_IMPACT, previews::impact),
        bus.hear(Channels.ERASURE_ORDERED, ordered -> noted.forget(ordered.userId())));
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
    stopped = true;
    return (administration == null ? Future.<Void>succeededFuture() : administration.stop())
        .eventually(() -> exposures == null ? Future.succeededFuture() : exposures.drain())
        .eventually(() -> erasure == null ? Future.succeededFuture() : erasure.stop())
        .eventually(() -> store == null ? Future.succeededFuture() : store.close());
  }

  /** How many exposures were lost since the start, because they could not be stored in time. */
  public long lostExposures() {
    Exposures noted = exposures;
    return noted == null ? 0 : noted.lost();
  }
}
