package io.growthbus.ingest;

import io.growthbus.ingest.store.EventStore;
import io.growthbus.ingest.store.PgEventStore;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.message.UsageAdvanced;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.Optional;
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
  private @Nullable EventStore store;
  private @Nullable GroupCommit commits;
  private volatile @Nullable IngestService service;

  public IngestVerticle(
      Bus bus, Live<GrowthConfig> config, IngestSettings settings, PostgresSettings postgres) {
    this.bus = bus;
    this.config = config;
    this.settings = settings;
    this.postgres = postgres;
  }

  @Override
  public Future<?> start() {
    EventStore events =
        new PgEventStore(Postgres.pool(vertx, postgres, "ingest", settings.writers() + READERS));
    GroupCommit group =
        new GroupCommit(
            vertx,
            events,
            settings,
            () -> config.get().meters(),
            readings -> bus.send(Channels.USAGE_ADVANCED, new UsageAdvanced(readings)));
    IngestService useCases = new IngestService(events, group, config);
    store = events;
    commits = group;
    service = useCases;
    return events
        .durabilityWarning()
        .compose(
            warning -> {
              durabilityWarning = settings.allowWeakDurability() ? Optional.empty() : warning;
              return Future.all(
                  bus.answer(Channels.RECORD_EVENTS, useCases::record),
                  bus.answer(Channels.LIST_EVENTS, useCases::list));
            });
  }

  @Override
  public Future<?> stop() {
    Future<Void> flushed = commits == null ? Future.succeededFuture() : commits.drain();
    return flushed.eventually(() -> store == null ? Future.succeededFuture() : store.close());
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
