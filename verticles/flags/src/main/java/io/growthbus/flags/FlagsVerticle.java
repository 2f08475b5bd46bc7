package io.growthbus.flags;

import io.growthbus.flags.LastGoodFormat.LastGood;
import io.growthbus.flags.core.WithoutErased;
import io.growthbus.flags.store.FlagStore;
import io.growthbus.flags.store.PgFlagStore;
import io.growthbus.flags.store.PgHistoryStore;
import io.growthbus.flags.store.PgUsageStore;
import io.growthbus.flags.store.PgUserErasure;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.erasure.ErasingRoom;
import io.growthbus.shared.flags.FlagDecision.Reason;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
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
  private static final Duration RETRY = Duration.ofSeconds(1);
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
  private volatile @Nullable Instant savedAt;
  private volatile @Nullable Instant confirmedAt;
  private @Nullable Administration administration;
  private @Nullable Exposures exposures;
  private volatile boolean stopped;
  private boolean loaded;
  private boolean loading;

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
    FlagStore definitions = new PgFlagStore(pool);
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
    vertx.setPeriodic(FLUSH.toMillis(), timer -> keep("usage", asked::flush));
    vertx.setPeriodic(EXPIRE.toMillis(), timer -> keep("history", history::expire));
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
    config.onChange(changed -> whileRunning(() -> follow(flags, changed)));
    vertx.setPeriodic(settings.poll().toMillis(), timer -> poll(flags));
    // Whom to keep out has to be known before the file is stored, which may still name them.
    return erase(erasing, flags)
        .compose(started -> firstLoad(flags))
        .recover(failure -> startFromFile(flags, erasing, failure))
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
            bus.hear(Channels.ERASURE_ORDERED, ordered -> noted.forget(ordered.userId())),
            bus.hear(
                Channels.FLAGS_CHANGED,
                change ->
                    flags
                        .catchUp(change.revision())
                        .onFailure(e -> LOG.warn("flags cannot be read: {}", e.toString())))));
  }

  /** Serves the last-good file, if PostgreSQL is down and the file is good. */
  private Future<Void> startFromFile(FlagsService flags, ErasingRoom erasing, Throwable failure) {
    LastGoodFile lastGood = file;
    if (lastGood == null || !Postgres.isUnavailable(failure)) {
      return Future.failedFuture(failure);
    }
    return lastGood
        .read()
        .compose(
            found -> {
              if (found.isEmpty()) {
                return Future.failedFuture(failure);
              }
              serveMeanwhile(flags, found.get());
              vertx.setPeriodic(RETRY.toMillis(), timer -> load(flags, erasing, timer));
              return Future.succeededFuture();
            });
  }

  private void serveMeanwhile(FlagsService flags, LastGood lastGood) {
    flags.serveMeanwhile(lastGood.snapshot());
    savedAt = lastGood.savedAt();
    confirmedAt = lastGood.savedAt();
    LOG.warn(
        "PostgreSQL is down; flags are served from the last-good file, revision {}, saved at {}",
        lastGood.snapshot().revision(),
        lastGood.savedAt());
  }

  /** What a start does with PostgreSQL, once it answers. */
  private void load(FlagsService flags, ErasingRoom erasing, long timer) {
    if (loading) {
      return;
    }
    loading = true;
    erasing
        .suppression()
        .refresh()
        .compose(known -> firstLoad(flags))
        .onSuccess(
            done -> {
              vertx.cancelTimer(timer);
              LOG.info("PostgreSQL answers; flags are at revision {}", flags.snapshot().revision());
            })
        .onFailure(e -> LOG.debug("PostgreSQL is still down: {}", e.toString()))
        .onComplete(done -> loading = false);
  }

  private Future<Void> firstLoad(FlagsService flags) {
    GrowthConfig taken = config.get();
    return flags
        .follow(ofFile(taken))
        .onSuccess(
            done -> {
              loaded = true;
              confirmedAt = Instant.now();
              GrowthConfig now = config.get();
              if (!now.equals(taken)) {
                follow(flags, now);
              }
            });
  }

  /** Before the first load it is not known whom to keep out of the store; it looks again itself. */
  private void follow(FlagsService flags, GrowthConfig changed) {
    if (loaded) {
      flags
          .follow(ofFile(changed))
          .onFailure(e -> LOG.error("the flags of growth.json were not stored", e));
    }
  }

  private void keep(String what, Supplier<Future<Void>> work) {
    if (loaded) {
      work.get()
          .onFailure(
              e -> LOG.warn("the {} of flags is not up to date: {}", what, Postgres.describe(e)));
    }
  }

  private void poll(FlagsService flags) {
    if (loaded) {
      flags
          .poll()
          .onSuccess(done -> confirmedAt = Instant.now())
          .onFailure(e -> LOG.warn("flags cannot be read: {}", e.toString()));
    }
  }

  private Future<Void> erase(ErasingRoom erasing, FlagsService flags) {
    PgUserErasure eraser = new PgUserErasure(erasing.pool());
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

  private Flags ofFile(GrowthConfig growth) {
    return erasure == null
        ? growth.flags()
        : WithoutErased.of(growth.flags(), erasure.suppression()::contains);
  }

  /** Why the answers may not be the newest, if they come from the last-good file. */
  public Optional<String> warning() {
    FlagsService flags = service;
    return flags == null || !flags.isProvisional()
        ? Optional.empty()
        : Optional.of(
            "flags are those of the last-good file, revision "
                + flags.snapshot().revision()
                + ", saved at "
                + savedAt);
  }

  /** Revision of the answers; 0 before the first. */
  public long revision() {
    FlagsService flags = service;
    return flags == null ? 0 : flags.snapshot().revision();
  }

  /** Seconds since PostgreSQL last said that the answers are the newest; 0 before the first. */
  public double ageSeconds() {
    Instant confirmed = confirmedAt;
    return confirmed == null
        ? 0
        : Math.max(0, Duration.between(confirmed, Instant.now()).toMillis() / 1_000.0);
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
        .eventually(() -> usage == null || !loaded ? Future.succeededFuture() : usage.flush())
        .eventually(() -> store == null ? Future.succeededFuture() : store.close());
  }
}
