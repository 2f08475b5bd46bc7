package io.growthbus.flags;

import io.growthbus.flags.store.DefinitionStore;
import io.growthbus.flags.store.FlagStore;
import io.growthbus.flags.store.PgDefinitionStore;
import io.growthbus.flags.store.PgFlagStore;
import io.growthbus.flags.store.PgHistoryStore;
import io.growthbus.flags.store.PgUsageStore;
import io.growthbus.flags.store.PgUserErasure;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.erasure.ErasingRoom;
import io.growthbus.shared.flags.FlagDecision.Reason;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Room flags: holds the definitions and evaluates them. Starts from the last-good file when
 * PostgreSQL is down, and takes what PostgreSQL has as soon as it answers.
 */
public final class FlagsVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(FlagsVerticle.class);
  private static final int CONNECTIONS = 2;
  private static final Duration FLUSH = Duration.ofMinutes(1);
  private static final Duration EXPIRE = Duration.ofHours(1);

  private final Bus bus;
  private final Live<GrowthConfig> config;
  private final FlagsSettings settings;
  private final PostgresSettings postgres;
  private final @Nullable LastGoodPlace place;
  private final InstantSource clock;
  private final EvaluationCounts counts = new EvaluationCounts();
  private @Nullable LastGoodFile file;
  private @Nullable FlagStore store;
  private @Nullable ErasingRoom erasure;
  private @Nullable FlagUsage usage;
  private volatile @Nullable FlagsService service;
  private volatile @Nullable FlagLoading loading;
  private @Nullable Administration administration;
  private @Nullable Exposures exposures;
  private volatile boolean stopped;

  /** A room that keeps no last-good file. */
  public FlagsVerticle(
      Bus bus, Live<GrowthConfig> config, FlagsSettings settings, PostgresSettings postgres) {
    this(bus, config, settings, postgres, null, InstantSource.system());
  }

  /**
   * @param place where the last-good file is; null = there is none
   */
  public FlagsVerticle(
      Bus bus,
      Live<GrowthConfig> config,
      FlagsSettings settings,
      PostgresSettings postgres,
      @Nullable LastGoodPlace place) {
    this(bus, config, settings, postgres, place, InstantSource.system());
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
      @Nullable LastGoodPlace place,
      InstantSource clock) {
    this.bus = bus;
    this.config = config;
    this.settings = settings;
    this.postgres = postgres;
    this.place = place;
    this.clock = clock;
  }

  @Override
  public Future<?> start() {
    Pool pool = Postgres.pool(vertx, postgres, "flags", CONNECTIONS);
    FlagStore definitions = new PgFlagStore(pool, this::highestKnown);
    store = definitions;
    LastGoodFile lastGood =
        place == null ? null : new LastGoodFile(vertx, place, InstantSource.system());
    file = lastGood;
    FlagsService flags =
        new FlagsService(
            definitions, bus, counts, lastGood == null ? snapshot -> {} : lastGood::remember);
    service = flags;
    ErasingRoom erasing = new ErasingRoom(vertx, bus, postgres, "flags");
    erasure = erasing;
    FlagUsage asked =
        new FlagUsage(new PgUsageStore(pool), counts, erasing.suppression()::contains);
    usage = asked;
    FlagHistory history =
        new FlagHistory(new PgHistoryStore(pool), settings.history(), InstantSource.system());
    FlagLoading source = new FlagLoading(vertx, config, flags, erasing.suppression(), lastGood);
    loading = source;
    vertx.setPeriodic(FLUSH.toMillis(), timer -> source.keep("usage", asked::flush));
    vertx.setPeriodic(EXPIRE.toMillis(), timer -> source.keep("history", history::expire));
    DefinitionStore audit = new PgDefinitionStore(pool, this::highestKnown);
    vertx.setPeriodic(
        EXPIRE.toMillis(),
        timer -> source.keep("audit", () -> audit.expireAudit(settings.audit())));
    Administration orders =
        new Administration(
            vertx,
            bus,
            pool,
            flags,
            config,
            user -> erasing.suppression().contains(user),
            clock,
            settings.poll());
    administration = orders;
    config.onChange(changed -> whileRunning(() -> source.follow(changed)));
    // Whom to keep out has to be known before the file is stored, which may still name them.
    return erase(erasing, flags)
        .compose(started -> source.start(settings.poll()))
        .recover(source::startFromFile)
        .compose(done -> Future.all(serve(flags), serve(asked, history, flags), orders.start()));
  }

  /** The configuration outlives the room; a context that is gone takes no work. */
  private void whileRunning(Runnable work) {
    if (!stopped) {
      context.runOnContext(now -> work.run());
    }
  }

  private Future<?> serve(FlagUsage asked, FlagHistory history, FlagsService flags) {
    return Future.all(
        bus.answer(
            Channels.READ_FLAG_REPORT, question -> asked.report(flags.snapshot().definitions())),
        bus.answer(Channels.EVALUATE_FLAG_AT, history::evaluate));
  }

  private Future<?> serve(FlagsService flags) {
    FactReader facts = new FactReader(bus);
    Exposures noted = new Exposures(vertx, bus, InstantSource.system());
    exposures = noted;
    FlagEvaluation evaluation = new FlagEvaluation(flags::snapshot, facts, noted, counts);
    FlagPreviews previews =
        new FlagPreviews(flags::snapshot, facts, bus, new FactNames(bus, config));
    return Future.all(
        List.of(
            bus.answer(Channels.EVALUATE_FLAG, evaluation::one),
            bus.answer(Channels.EVALUATE_FLAGS, evaluation::several),
            bus.answer(Channels.PREVIEW_FLAG, previews::preview),
            bus.answer(Channels.MEASURE_IMPACT, previews::impact),
            bus.answer(
                Channels.READ_FLAG_SET,
                question -> Future.succeededFuture(flags.definitionsAfter(question.after()))),
            bus.take(
                Channels.FLAGS_EVALUATED,
                told -> {
                  FlagSnapshot now = flags.snapshot();
                  counts.elsewhere(told, key -> now.surface(key).isPresent());
                  return Future.succeededFuture();
                }),
            bus.hear(Channels.ERASURE_ORDERED, ordered -> noted.forget(ordered.userId())),
            bus.hear(
                Channels.FLAGS_CHANGED,
                change ->
                    flags
                        .catchUp(change.revision())
                        .onFailure(e -> LOG.warn("flags cannot be read: {}", e.toString())))));
  }

  private Future<Void> erase(ErasingRoom erasing, FlagsService flags) {
    PgUserErasure eraser = new PgUserErasure(erasing.pool(), this::highestKnown);
    return erasing.start(
        pass ->
            eraser
                .erase(pass.userId())
                .compose(
                    revision ->
                        revision.isPresent()
                            ? flags.changed(revision.get())
                            : Future.succeededFuture())
                .compose(done -> file == null ? Future.succeededFuture() : file.flushOrRemove()),
        PgUserErasure.SOURCES,
        Channels.EXPORT_FROM_FLAGS);
  }

  /** Why the answers may not be the newest, if they come from the last-good file. */
  public Optional<String> warning() {
    FlagLoading running = loading;
    return running == null ? Optional.empty() : running.warning();
  }

  private boolean isLoaded() {
    FlagLoading running = loading;
    return running != null && running.isLoaded();
  }

  /** Revision of the answers; 0 before the first. */
  public long revision() {
    FlagsService flags = service;
    return flags == null ? 0 : flags.snapshot().revision();
  }

  /** Highest revision that a node of the cluster is known to act by. */
  private long highestKnown() {
    Administration orders = administration;
    return Math.max(revision(), orders == null ? 0 : orders.highestRevision());
  }

  /** Seconds since PostgreSQL last said that the answers are the newest; 0 before the first. */
  public double ageSeconds() {
    FlagLoading running = loading;
    return running == null ? 0 : running.ageSeconds();
  }

  /** How many exposures were lost since the start, because they could not be stored in time. */
  public long lostExposures() {
    Exposures noted = exposures;
    return noted == null ? 0 : noted.lost();
  }

  /** Evaluations with a reason since the start. */
  public long evaluations(Reason reason) {
    return counts.evaluations(reason);
  }

  @Override
  public Future<?> stop() {
    stopped = true;
    return (administration == null ? Future.<Void>succeededFuture() : administration.stop())
        .eventually(() -> exposures == null ? Future.succeededFuture() : exposures.drain())
        .eventually(() -> erasure == null ? Future.succeededFuture() : erasure.stop())
        .eventually(() -> file == null ? Future.succeededFuture() : file.flush())
        .eventually(() -> usage == null || !isLoaded() ? Future.succeededFuture() : usage.flush())
        .eventually(() -> store == null ? Future.succeededFuture() : store.close());
  }
}
