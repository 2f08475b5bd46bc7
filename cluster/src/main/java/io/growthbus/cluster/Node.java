package io.growthbus.cluster;

import io.growthbus.flags.LastGoodPlace;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running node: the database, the cluster membership, the rooms of its roles.
 *
 * <p>Starting is all or nothing: whatever was started before a failure is stopped again, in reverse
 * order. Stopping is the reverse of starting, with edge first, so that no room goes away under a
 * request that was accepted.
 *
 * <p>With a database of one's own that is down, and a last-good file of the flags, the node starts
 * with what needs no database: flags are served. The rest follows when the database answers; the
 * node is not ready before.
 */
final class Node implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final String LOOPS = "event loops";
  private static final String LAST_GOOD_FLAGS = "flags-last-good.json";

  private final NodeConfig config;
  private final Readiness readiness = new Readiness();
  private final Parts parts = new Parts();
  private String database = "";
  private int opsPort;
  private int httpPort;
  private volatile boolean withoutDatabase;
  private volatile @Nullable DatabaseWatch watch;

  Node(NodeConfig config) {
    this.config = config;
  }

  /**
   * Starts the node. A {@link #close()} from another thread waits for the end of the start.
   *
   * @throws StartException when it cannot start; nothing is left running then
   */
  synchronized void start() {
    try {
      startParts();
      readiness.open();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Public address, or empty without the role edge. */
  Optional<String> httpUrl() {
    return config.node().runs("edge")
        ? Optional.of("http://" + config.edge().host() + ":" + httpPort)
        : Optional.empty();
  }

  String opsUrl() {
    return "http://" + config.node().opsHost() + ":" + opsPort;
  }

  /** One line about the database, without credentials. */
  String databaseDescription() {
    return database;
  }

  /** Whether the node has started without its database and waits for it. */
  boolean isWithoutDatabase() {
    return withoutDatabase;
  }

  NodeConfig config() {
    return config;
  }

  /** Stops everything that was started; a part that fails to stop is logged and passed over. */
  @Override
  public void close() {
    readiness.drain();
    DatabaseWatch watching = watch;
    if (watching != null) {
      watching.close();
    }
    synchronized (this) {
      parts.stop();
    }
  }

  private void startParts() {
    NodePorts.check(config);
    CompletableFuture<NodeVertx> loops = NodeVertx.begin(config.node());
    parts.push(LOOPS, () -> await(loops.get().vertx().close()));
    PostgresSettings postgres = startDatabase();
    Migrations migrations = new Migrations(postgres);
    Optional<PostgresSettings> migrated = migrate(migrations);
    NodeVertx running = join(loops);
    Vertx vertx = running.vertx();
    Live<GrowthConfig> growth = new Live<>(config.growth());
    Rooms rooms = new Rooms(vertx, config, lastGood(), growth, parts);
    Promise<Boolean> roles = Promise.promise();
    addDatabaseCheck(vertx, migrated.orElse(postgres.onceMigrated(roles.future())));
    rooms.addChecks(readiness);
    rooms.addMeters(running.metrics());
    if (migrated.isPresent()) {
      rooms.deployAll(migrated.get(), RoomSecrets.of(config, migrations));
    } else {
      withoutDatabase = true;
      rooms.deployWithoutDatabase(
          postgres.onceMigrated(roles.future()), RoomSecrets.configured(config));
    }
    httpPort = rooms.httpPort();
    startAround(running, growth);
    if (withoutDatabase) {
      DatabaseWatch waiting = new DatabaseWatch(() -> endStart(migrations, roles, rooms));
      watch = waiting;
      waiting.start();
    }
  }

  /** Migrates; empty when the database is down and there are flags to serve without it. */
  private Optional<PostgresSettings> migrate(Migrations migrations) {
    try {
      return Optional.of(migrations.run());
    } catch (StartException e) {
      boolean own = !config.postgres().uri().isEmpty();
      if (own && e.isDatabaseDown() && config.node().runs("flags") && lastGood().isGood()) {
        LOG.warn("starting without the database: {}", e.getMessage());
        return Optional.empty();
      }
      throw e;
    }
  }

  /** What is left of a start without the database, in the order of a usual start. */
  private void endStart(Migrations migrations, Promise<Boolean> roles, Rooms rooms) {
    PostgresSettings migrated = migrations.run();
    roles.tryComplete(migrated.roomRoles());
    rooms.complete(migrated, RoomSecrets.of(config, migrations));
    withoutDatabase = false;
    LOG.info("PostgreSQL answers: the start is complete");
  }

  private LastGoodPlace lastGood() {
    String uri = config.postgres().uri();
    String of = "embedded";
    if (!uri.isEmpty()) {
      PgConnectOptions address = PgConnectOptions.fromUri(uri);
      of = address.getHost() + ":" + address.getPort() + "/" + address.getDatabase();
    }
    return new LastGoodPlace(config.node().dataDirectory().resolve(LAST_GOOD_FLAGS), of);
  }

  private PostgresSettings startDatabase() {
    if (!config.postgres().uri().isEmpty()) {
      database = "PostgreSQL at GROWTHBUS_PG_URI";
      return config.postgres();
    }
    // Below the event loops: the database stops last, when nothing can want it any more.
    DataDirectory directory = DataDirectory.open(config.node().dataDirectory());
    parts.insertBelow(LOOPS, "data directory", directory::close);
    Database embedded = EmbeddedPostgresServer.start(directory, config.postgres());
    parts.insertBelow(LOOPS, "database", embedded::close);
    database = embedded.description();
    return embedded.settings();
  }

  /** What is no room: the watch over growth.json, the operations port, the membership. */
  private void startAround(NodeVertx running, Live<GrowthConfig> growth) {
    Vertx vertx = running.vertx();
    GrowthFile file =
        new GrowthFile(
            vertx, config.node().confDirectory().resolve(NodeConfig.GROWTH_FILE), growth);
    await(file.watch());
    parts.push("growth.json watcher", file::close);
    running.addClusterCheck(readiness);
    OpsVerticle ops =
        new OpsVerticle(
            config.node().opsHost(), config.node().opsPort(), readiness, running.metrics());
    await(vertx.deployVerticle(ops));
    opsPort = ops.port();
    await(running.settled());
    // Pushed last and stopped first would hide the drain from a balancer; event loops stop it.
    parts.push("readiness", readiness::drain);
  }

  private void addDatabaseCheck(Vertx vertx, PostgresSettings postgres) {
    Pool pool = Postgres.pool(vertx, postgres.withRoomRoles(false), "readiness", 1);
    parts.push("readiness pool", () -> await(pool.close()));
    readiness.add(
        "database",
        () ->
            pool.query("SELECT 1")
                .execute()
                .map(
                    rows ->
                        withoutDatabase
                            ? Optional.of("PostgreSQL answers again, the start goes on")
                            : Optional.<String>empty())
                .otherwise(failure -> Optional.of("PostgreSQL does not answer")));
  }

  private static NodeVertx join(CompletableFuture<NodeVertx> vertx) {
    try {
      return vertx.get(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw StartException.environment("The start was interrupted.");
    } catch (ExecutionException | TimeoutException e) {
      throw failed(e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e);
    }
  }

  /**
   * The result of a future.
   *
   * @throws StartException when it fails or takes longer than a start may
   */
  static <T> T await(Future<T> future) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw StartException.environment("The start was interrupted.");
    } catch (ExecutionException e) {
      throw failed(e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException e) {
      throw failed(e);
    }
  }

  private static StartException failed(Throwable cause) {
    if (cause instanceof StartException start) {
      return start;
    }
    LOG.error("a part of the node did not start", cause);
    return StartException.environment("The node could not start: " + cause.getMessage());
  }
}
