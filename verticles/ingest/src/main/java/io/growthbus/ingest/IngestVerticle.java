package io.growthbus.ingest;

import io.growthbus.ingest.meters.MeterChannels;
import io.growthbus.ingest.meters.MeterService;
import io.growthbus.ingest.meters.MeterUpkeep;
import io.growthbus.ingest.registry.LiveContracts;
import io.growthbus.ingest.registry.SchemaService;
import io.growthbus.ingest.store.EventStore;
import io.growthbus.ingest.store.PgConsentStore;
import io.growthbus.ingest.store.PgErasureOrders;
import io.growthbus.ingest.store.PgEventStore;
import io.growthbus.ingest.store.PgMeterStore;
import io.growthbus.ingest.store.PgMeterUpkeep;
import io.growthbus.ingest.store.PgPartitions;
import io.growthbus.ingest.store.PgQuarantineStore;
import io.growthbus.ingest.store.PgSchemaStore;
import io.growthbus.ingest.store.PgUserErasure;
import io.growthbus.ingest.store.QuarantineStore;
import io.growthbus.ingest.store.SchemaStore;
import io.growthbus.shared.bus.AppliedRevisions;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.erasure.ErasingRoom;
import io.growthbus.shared.message.UsageAdvanced;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Room ingest: stores telemetry durably and once, and counts usage. */
public final class IngestVerticle extends VerticleBase {
  /** Connections beside the writers: for reading. */
  private static final int READERS = 2;

  /** Connections for meters: one counts earlier events, two are free for what is asked. */
  private static final int METER_CONNECTIONS = 3;

  /** How often a node looks for a revision of the contracts whose broadcast it has missed. */
  private static final long POLL_MS = 10_000;

  private static final Logger LOG = LoggerFactory.getLogger(IngestVerticle.class);

  private final Bus bus;
  private final Live<GrowthConfig> config;
  private final IngestSettings settings;
  private final PostgresSettings postgres;
  private volatile Optional<String> durabilityWarning = Optional.empty();
  private final @Nullable Supplier<Future<Instant>> clock;
  private @Nullable StorageUpkeep upkeep;
  private volatile boolean stopped;
  private @Nullable Pool meterPool;
  private @Nullable MeterUpkeep meterUpkeep;
  private @Nullable EventStore store;
  private @Nullable SchemaStore schemas;
  private volatile @Nullable GroupCommit commits;
  private @Nullable ErasingRoom erasure;
  private volatile @Nullable IngestService service;
  private @Nullable QuarantineStore quarantineStore;
  private volatile @Nullable Quarantine quarantine;

  public IngestVerticle(
      Bus bus, Live<GrowthConfig> config, IngestSettings settings, PostgresSettings postgres) {
    this(bus, config, settings, postgres, null);
  }

  /**
   * A room for which it is another time.
   *
   * @param clock the time by which storage is added and dropped; null = that of PostgreSQL
   */
  IngestVerticle(
      Bus bus,
      Live<GrowthConfig> config,
      IngestSettings settings,
      PostgresSettings postgres,
      @Nullable Supplier<Future<Instant>> clock) {
    this.clock = clock;
    this.bus = bus;
    this.config = config;
    this.settings = settings;
    this.postgres = postgres;
  }

  @Override
  public Future<?> start() {
    Pool pool =
        Postgres.pool(
            vertx, postgres, "ingest", settings.writers() + READERS, PgEventStore.SESSION);
    EventStore events = new PgEventStore(pool);
    PgPartitions partitions = new PgPartitions(pool);
    Pool ownPool = Postgres.pool(vertx, postgres, "ingest", METER_CONNECTIONS);
    MeterService meters = new MeterService(vertx, new PgMeterStore(ownPool), bus, config);
    MeterUpkeep counters = new MeterUpkeep(vertx, new PgMeterUpkeep(ownPool));
    GroupCommit group =
        new GroupCommit(
            vertx,
            events,
            settings,
            meters,
            readings -> bus.send(Channels.USAGE_ADVANCED, new UsageAdvanced(readings)),
            Postgres.silenceLimit(postgres));
    SchemaStore published = new PgSchemaStore(Postgres.pool(vertx, postgres, "ingest", 1));
    LiveContracts contracts = new LiveContracts(published, config);
    AppliedRevisions applied = new AppliedRevisions(vertx, bus, Channels.SCHEMAS_APPLIED);
    SchemaService registry = new SchemaService(vertx, published, contracts, bus, applied, config);
    QuarantineSettings bounds = settings.quarantine();
    QuarantineStore refused =
        new PgQuarantineStore(
            Postgres.pool(vertx, postgres, "ingest", 1 + READERS),
            bounds.reasonEvents(),
            bounds.events());
    Quarantine intake =
        new Quarantine(
            vertx, refused, settings, Postgres.silenceLimit(postgres), events::durabilityWarning);
    ErasingRoom erasing = new ErasingRoom(vertx, bus, postgres, "ingest");
    erasure = erasing;
    EventJudge judge = new EventJudge(config, contracts, erasing.suppression());
    ConsentService consents =
        new ConsentService(new PgConsentStore(ownPool), InstantSource.system());
    IngestService useCases = new IngestService(events, group, intake, judge, consents);
    QuarantineService operating =
        new QuarantineService(
            refused, new QuarantineReplay(refused, group, judge), contracts, bounds.retention());
    StorageUpkeep kept =
        new StorageUpkeep(
            vertx,
            partitions,
            settings.retention(),
            clock == null ? partitions::now : clock,
            now -> refused.expire(now, bounds.retention()));
    quarantineStore = refused;
    quarantine = intake;
    store = events;
    schemas = published;
    commits = group;
    upkeep = kept;
    service = useCases;
    meterPool = ownPool;
    meterUpkeep = counters;
    config.onChange(changed -> follow(meters, changed));
    vertx.setPeriodic(
        POLL_MS,
        timer -> {
          counters.backfill();
          meters.poll().onFailure(e -> LOG.warn("meters cannot be read: {}", e.toString()));
        });
    vertx.setPeriodic(
        POLL_MS,
        timer ->
            contracts
                .poll()
                .onSuccess(done -> applied.announce(contracts.revision()))
                .onFailure(e -> LOG.warn("contracts cannot be read: {}", e.toString())));
    return contracts
        .load()
        .compose(loaded -> meters.start(config.get().meters()))
        .compose(loaded -> events.durabilityWarning())
        .compose(
            warning -> {
              durabilityWarning = settings.allowWeakDurability() ? Optional.empty() : warning;
              return kept.start();
            })
        // Whom to keep out has to be known before the first event is taken.
        .compose(ready -> erase(erasing))
        .compose(
            ready ->
                Future.all(
                    bus.answer(Channels.RECORD_EVENTS, useCases::record),
                    bus.answer(Channels.LIST_EVENTS, useCases::list),
                    bus.answer(Channels.READ_CONSENT, consents::read),
                    serve(registry, contracts, applied),
                    serve(meters, counters),
                    serve(operating)))
        .onSuccess(ready -> counters.start());
  }

  private Future<?> erase(ErasingRoom erasing) {
    ErasureService orders =
        new ErasureService(
            vertx,
            bus,
            new PgErasureOrders(erasing.pool()),
            erasing.suppression(),
            settings.settle(postgres));
    return erasing
        .start(
            new PgUserErasure(erasing.pool(), erasing.suppression()::hashOf),
            PgUserErasure.SOURCES,
            Channels.EXPORT_FROM_INGEST)
        .compose(
            started ->
                Future.all(
                    bus.answer(Channels.ERASE_USER, orders::erase),
                    bus.answer(Channels.READ_ERASURE, orders::read)));
  }

  private void follow(MeterService meters, GrowthConfig changed) {
    // The configuration outlives the room; a context that is gone takes no work.
    if (!stopped) {
      context.runOnContext(
          now ->
              meters
                  .follow(changed.meters())
                  .onFailure(e -> LOG.error("the meters of growth.json were not stored", e)));
    }
  }

  private Future<?> serve(MeterService meters, MeterUpkeep counters) {
    return Future.all(
        MeterChannels.serve(bus, meters),
        bus.hear(
            Channels.METERS_CHANGED,
            change -> {
              counters.backfill();
              meters
                  .catchUp(change.revision())
                  .onFailure(e -> LOG.warn("meters cannot be read: {}", e.toString()));
            }));
  }

  private Future<?> serve(
      SchemaService registry, LiveContracts contracts, AppliedRevisions applied) {
    return Future.all(
            bus.answer(
                Channels.LIST_SCHEMAS, query -> Future.succeededFuture(registry.list(query))),
            bus.answer(Channels.PUBLISH_SCHEMA, registry::publish),
            bus.answer(Channels.DELETE_SCHEMA, registry::delete),
            bus.answer(
                Channels.GENERATE_TYPES, question -> Future.succeededFuture(registry.types())),
            bus.hear(
                Channels.SCHEMAS_CHANGED,
                change ->
                    contracts
                        .catchUp(change.revision())
                        .onSuccess(read -> applied.announce(contracts.revision()))
                        .onFailure(e -> LOG.warn("contracts cannot be read: {}", e.toString()))),
            applied.listen())
        .onSuccess(served -> applied.announce(contracts.revision()));
  }

  private Future<?> serve(QuarantineService operating) {
    return Future.all(
        bus.answer(Channels.LIST_QUARANTINE_GROUPS, operating::groups),
        bus.answer(Channels.LIST_QUARANTINE, operating::list),
        bus.answer(Channels.REPLAY_QUARANTINE, operating::replay));
  }

  @Override
  public Future<?> stop() {
    stopped = true;
    GroupCommit group = commits;
    Future<Void> flushed = group == null ? Future.succeededFuture() : group.drain();
    return flushed
        .eventually(() -> quarantine == null ? Future.succeededFuture() : quarantine.drain())
        .eventually(() -> upkeep == null ? Future.succeededFuture() : upkeep.stop())
        .eventually(() -> meterUpkeep == null ? Future.succeededFuture() : meterUpkeep.stop())
        .eventually(() -> meterPool == null ? Future.succeededFuture() : meterPool.close())
        .eventually(() -> store == null ? Future.succeededFuture() : store.close())
        .eventually(() -> schemas == null ? Future.succeededFuture() : schemas.close())
        .eventually(
            () -> quarantineStore == null ? Future.succeededFuture() : quarantineStore.close())
        .eventually(() -> erasure == null ? Future.succeededFuture() : erasure.stop());
  }

  /** Why the database might lose committed events in a crash, if so; read at start. */
  public Optional<String> durabilityWarning() {
    return durabilityWarning;
  }

  /** Why senders are told to repeat, if no commit was possible for more than ten seconds. */
  public Optional<String> commitWarning() {
    GroupCommit running = commits;
    return running == null ? Optional.empty() : running.warning();
  }

  /** How many properties were dropped, since the start, because no contract names them. */
  public long droppedProperties() {
    IngestService running = service;
    return running == null ? 0 : running.droppedProperties();
  }

  /** How many events were refused for their content since the start, repetitions included. */
  public long refusedEvents() {
    Quarantine running = quarantine;
    return running == null ? 0 : running.refusedEvents();
  }

  /** Of how many of them nothing but the number was kept. */
  public long notKeptEvents() {
    Quarantine running = quarantine;
    return running == null ? 0 : running.notKeptEvents();
  }
}
