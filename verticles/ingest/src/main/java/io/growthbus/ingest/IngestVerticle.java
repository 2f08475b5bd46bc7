package io.growthbus.ingest;

import io.growthbus.ingest.store.EventStore;
import io.growthbus.ingest.store.PgEventStore;
import io.growthbus.ingest.store.PgPartitions;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
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

/** Room ingest: stores telemetry durably and once, and counts usage. */
public final class IngestVerticle extends VerticleBase {
  /** Connections beside the writers: for reading. */
  private static final int READERS = 2;

  private final Bus bus;
  private final Live<GrowthConfig> config;
  private final IngestSettings settings;
  private final PostgresSettings postgres;
  private volatile Optional<String> durabilityWarning = Optional.empty();
  private final @Nullable Supplier<Future<Instant>> clock;
  private @Nullable StorageUpkeep upkeep;
  private @Nullable EventStore store;
  private @Nullable GroupCommit commits;

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
    IngestService service = new IngestService(events, group, config);
    store = events;
    commits = group;
    upkeep = kept;
    return events
        .durabilityWarning()
        .compose(
            warning -> {
              durabilityWarning = settings.allowWeakDurability() ? Optional.empty() : warning;
              return kept.start();
            })
        .compose(
            ready ->
                Future.all(
                    bus.answer(Channels.RECORD_EVENTS, service::record),
                    bus.answer(Channels.LIST_EVENTS, service::list)));
  }

  @Override
  public Future<?> stop() {
    Future<Void> flushed = commits == null ? Future.succeededFuture() : commits.drain();
    return flushed
        .eventually(() -> upkeep == null ? Future.succeededFuture() : upkeep.stop())
        .eventually(() -> store == null ? Future.succeededFuture() : store.close());
  }

  /** Why the database might lose committed events in a crash, if so; read at start. */
  public Optional<String> durabilityWarning() {
    return durabilityWarning;
  }
}
