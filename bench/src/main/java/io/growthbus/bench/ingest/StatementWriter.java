package io.growthbus.bench.ingest;

import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.core.schema.Violation;
import io.growthbus.ingest.store.EventStore.NewEvent;
import io.growthbus.ingest.store.MeterSet;
import io.growthbus.ingest.store.PgEventStore;
import io.growthbus.ingest.store.PgMeterStore;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfig.EventContract;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Settings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * The product's own commit without HTTP: the statement of {@link PgEventStore} over two
 * connections, a thousand events at a time, each connection with one statement under way.
 */
final class StatementWriter implements AutoCloseable {
  private static final int WRITERS = 2;
  private static final int GROUP = 1_000;

  private final Vertx vertx = Vertx.vertx();
  private final PgEventStore store;
  private final PgMeterStore definitions;
  private MeterSet meters = MeterSet.NONE;
  private final GrowthConfig config;
  private final EventShapes shapes = new EventShapes(2);
  private final EventIds ids = new EventIds(EventIds.Version.V4, System.nanoTime());

  /**
   * @param uri of the database, as the application's own role
   * @param config the shipped configuration, for its meters and contracts
   */
  StatementWriter(String uri, GrowthConfig config) {
    PostgresSettings settings =
        PostgresSettings.from(
                new Settings(
                    new Properties(),
                    Map.of("GROWTHBUS_PG_URI", uri, "GROWTHBUS_PG_CONNECT_TIMEOUT", "20s"),
                    new Problems()))
            .withRoomRoles(true);
    Pool pool = Postgres.pool(vertx, settings, "ingest", WRITERS, PgEventStore.SESSION);
    this.store = new PgEventStore(pool);
    this.definitions = new PgMeterStore(pool);
    this.config = config;
  }

  /**
   * Stores events.
   *
   * @param rows made ready before the clock starts; a tenth of them is stored before that too
   * @return rows per second
   */
  double write(int rows) throws Exception {
    meters = await(definitions.read());
    int groups = Math.max(WRITERS, rows / GROUP);
    Queue<List<NewEvent>> first = groups(Math.max(WRITERS, groups / 10));
    Queue<List<NewEvent>> measured = groups(groups);
    await(storeAll(first));
    long start = System.nanoTime();
    await(storeAll(measured));
    return (double) groups * GROUP * 1e9 / (System.nanoTime() - start);
  }

  @Override
  public void close() throws Exception {
    await(store.close());
    await(vertx.close());
  }

  private Future<?> storeAll(Queue<List<NewEvent>> groups) {
    return Future.all(IntStream.range(0, WRITERS).mapToObj(writer -> storeNext(groups)).toList());
  }

  private Future<Void> storeNext(Queue<List<NewEvent>> groups) {
    List<NewEvent> group;
    synchronized (groups) {
      group = groups.poll();
    }
    return group == null
        ? Future.succeededFuture()
        : store.commit(group, meters).compose(committed -> storeNext(groups));
  }

  private Queue<List<NewEvent>> groups(int count) {
    Queue<List<NewEvent>> groups = new ArrayDeque<>(count);
    for (int i = 0; i < count; i++) {
      groups.add(IntStream.range(0, GROUP).mapToObj(this::event).toList());
    }
    return groups;
  }

  private NewEvent event(int index) {
    long now = System.currentTimeMillis();
    byte[] id = new byte[EventIds.LENGTH];
    ids.write(id, 0, now);
    EventShapes.Shape shape = shapes.next();
    Set<String> names = new JsonObject(shape.propertiesJson()).fieldNames();
    TelemetryEvent event =
        new TelemetryEvent(
            index % EventBatches.EVENTS,
            UUID.fromString(new String(id, StandardCharsets.US_ASCII)),
            "1.0.0",
            shape.userId(),
            null,
            null,
            null,
            now,
            shape.name(),
            shape.propertiesJson(),
            names,
            null,
            shape.propertiesJson().length());
    return new NewEvent(event, true, now, 0, additional(shape.name(), names));
  }

  /** What the contract does not name, as the room notes it. */
  private List<Violation> additional(String name, Set<String> properties) {
    Optional<EventContract> contract = config.telemetry().contract(name);
    List<Violation> notes = new ArrayList<>();
    for (String property : properties) {
      if (contract.isPresent() && !contract.get().requiredProperties().contains(property)) {
        notes.add(new Violation(Violation.Kind.ADDITIONAL_PROPERTY, "/" + property));
      }
    }
    return notes;
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(120, TimeUnit.SECONDS);
  }
}
