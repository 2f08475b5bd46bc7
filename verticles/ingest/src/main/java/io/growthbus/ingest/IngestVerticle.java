package io.growthbus.ingest;

import io.growthbus.ingest.registry.SchemaService;
import io.growthbus.ingest.store.EventStore;
import io.growthbus.ingest.store.PgErasureOrders;
import io.growthbus.ingest.store.PgEventStore;
import io.growthbus.ingest.store.PgPartitions;
import io.growthbus.ingest.store.PgSchemaStore;
import io.growthbus.ingest.store.PgUserErasure;
import io.growthbus.ingest.store.SchemaStore;
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
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Room ingest: stores telemetry durably and once, and counts usage. */
public final class IngestVerticle extends VerticleBase {
  /** Connections beside the writers: for reading. */
  private static final int READERS = 2;

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
  private @Nullable EventStore store;
  private @Nullable SchemaStore schemas;
  private @Nullable GroupCommit commits;
  private @Nullable ErasingRoom erasure;
  private volatile @Nullable IngestService service;

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
    Pool pool = Postgres.pool(vertx, postgres, "ingest", settings.writers() + READERS);
    EventStore events = new PgEventStore(pool);
    PgPartitions partitions = new PgPartitions(pool);
    StorageUpkeep kept =
        new StorageUpkeep(
            vertx, partitions, settings.retention(), clock == null ? partitions::now : clock);
    GroupCommit group =
        new GroupCommit(
            vertx,
            events,
            settings,
            () -> config.get().meters(),
            readings -> bus.send(Channels.USAGE_ADVANCED, new UsageAdvanced(readings)));
    SchemaStore published = new PgSchemaStore(Postgres.pool(vertx, postgres, "ingest", 1));
    SchemaService registry = new SchemaService(vertx, published, bus, config);
    ErasingRoom erasing = new ErasingRoom(vertx, bus, postgres, "ingest");
    erasure = erasing;
    IngestService useCases =
        new IngestService(events, group, config, registry, erasing.suppression());
    store = events;
    schemas = published;
    commits = group;
    upkeep = kept;
    service = useCases;
    vertx.setPeriodic(
        POLL_MS,
        timer ->
            registry.poll().onFailure(e -> LOG.warn("contracts cannot be read: {}", e.toString())));
    return registry
        .load()
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
                    serve(registry)));
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

  private Future<?> serve(SchemaService registry) {
    return Future.all(
        bus.answer(Channels.LIST_SCHEMAS, query -> Future.succeededFuture(registry.list(query))),
        bus.answer(Channels.PUBLISH_SCHEMA, registry::publish),
        bus.answer(Channels.DELETE_SCHEMA, registry::delete),
        bus.answer(Channels.GENERATE_TYPES, question -> Future.succeededFuture(registry.types())),
        bus.hear(
            Channels.SCHEMAS_CHANGED,
            change ->
                registry
                    .catchUp(change.revision())
                    .onFailure(e -> LOG.warn("contracts cannot be read: {}", e.toString()))));
  }

  @Override
  public Future<?> stop() {
    Future<Void> flushed = commits == null ? Future.succeededFuture() : commits.drain();
    return flushed
        .eventually(() -> upkeep == null ? Future.succeededFuture() : upkeep.stop())
        .eventually(() -> store == null ? Future.succeededFuture() : store.close())
        .eventually(() -> schemas == null ? Future.succeededFuture() : schemas.close())
        .eventually(() -> erasure == null ? Future.succeededFuture() : erasure.stop());
  }

  /** Why the database might lose committed events in a crash, if so; read at start. */
  public Optional<String> durabilityWarning() {
    return durabilityWarning;
  }

  /** How many properties were dropped, since the start, because no contract names them. */
  public long droppedProperties() {
    IngestService running = service;
    return running == null ? 0 : running.droppedProperties();
  }
}
