package io.growthbus.cluster;

import io.growthbus.activation.ActivationVerticle;
import io.growthbus.edge.EdgeSettings;
import io.growthbus.edge.EdgeVerticle;
import io.growthbus.entitlements.EntitlementsSettings;
import io.growthbus.entitlements.EntitlementsVerticle;
import io.growthbus.flags.FlagsVerticle;
import io.growthbus.ingest.IngestVerticle;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Secret;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running node: the database, the cluster membership, the rooms of its roles.
 *
 * <p>Starting is all or nothing: whatever was started before a failure is stopped again, in reverse
 * order. Stopping is the reverse of starting, with edge first, so that no room goes away under a
 * request that was accepted.
 */
final class Node implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

  private final NodeConfig config;
  private final Readiness readiness = new Readiness();
  private final Deque<Part> started = new ArrayDeque<>();
  private String database = "";
  private int opsPort;
  private int httpPort;

  /** Something that was started and is stopped in reverse order. */
  private record Part(String name, ThrowingRunnable stop) {}

  private interface ThrowingRunnable {
    void run() throws Exception;
  }

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

  NodeConfig config() {
    return config;
  }

  /** Stops everything that was started; a part that fails to stop is logged and passed over. */
  @Override
  public void close() {
    readiness.drain();
    synchronized (this) {
      stopParts();
    }
  }

  private void stopParts() {
    while (!started.isEmpty()) {
      Part part = started.pop();
      try {
        part.stop().run();
      } catch (Exception e) {
        LOG.warn("{} did not stop cleanly", part.name(), e);
      }
    }
  }

  private void startParts() {
    checkPorts();
    CompletableFuture<NodeVertx> vertx = NodeVertx.begin(config.node());
    started.push(new Part("event loops", () -> await(vertx.get().vertx().close())));
    PostgresSettings postgres = startDatabase();
    Migrations migrations = new Migrations(postgres);
    PostgresSettings migrated = migrations.run();
    deployAll(join(vertx), migrated, migrations);
  }

  private PostgresSettings startDatabase() {
    if (!config.postgres().uri().isEmpty()) {
      database = "PostgreSQL at GROWTHBUS_PG_URI";
      return config.postgres();
    }
    DataDirectory directory = DataDirectory.open(config.node().dataDirectory());
    started.push(new Part("data directory", directory::close));
    Database embedded = EmbeddedPostgresServer.start(directory, config.postgres());
    // Below the event loops: the database stops last, when nothing can want it any more.
    Part data = started.pop();
    Part loops = started.pop();
    started.push(data);
    started.push(new Part("database", embedded::close));
    started.push(loops);
    database = embedded.description();
    return embedded.settings();
  }

  private void deployAll(NodeVertx running, PostgresSettings postgres, Migrations migrations) {
    Vertx vertx = running.vertx();
    Bus bus = new Bus(vertx);
    Live<GrowthConfig> growth = new Live<>(config.growth());
    EntitlementsSettings entitlements = entitlements(migrations);
    addDatabaseCheck(vertx, postgres);
    for (String room : NodeSettings.ROOMS) {
      if (!config.node().runs(room)) {
        continue;
      }
      switch (room) {
        case "ingest" -> deployIngest(vertx, bus, growth, postgres);
        case "flags" ->
            deploy(vertx, room, new FlagsVerticle(bus, growth, config.flags(), postgres));
        case "entitlements" ->
            deploy(vertx, room, new EntitlementsVerticle(bus, growth, entitlements, postgres));
        case "activation" ->
            deploy(vertx, room, new ActivationVerticle(bus, growth, config.activation(), postgres));
        default -> deployEdge(vertx, bus, growth, edge(migrations, entitlements));
      }
    }
    GrowthFile file =
        new GrowthFile(
            vertx, config.node().confDirectory().resolve(NodeConfig.GROWTH_FILE), growth);
    await(file.watch());
    started.push(new Part("growth.json watcher", file::close));
    running.addClusterCheck(readiness);
    OpsVerticle ops =
        new OpsVerticle(
            config.node().opsHost(), config.node().opsPort(), readiness, running.metrics());
    await(vertx.deployVerticle(ops));
    opsPort = ops.port();
    await(running.settled());
    // Pushed last and stopped first would hide the drain from a balancer; event loops stop it.
    started.push(new Part("readiness", readiness::drain));
  }

  private void deployIngest(
      Vertx vertx, Bus bus, Live<GrowthConfig> growth, PostgresSettings postgres) {
    IngestVerticle ingest = new IngestVerticle(bus, growth, config.ingest(), postgres);
    deploy(vertx, "ingest", ingest);
    readiness.add("durability", () -> Future.succeededFuture(ingest.durabilityWarning()));
    readiness.add("commits", () -> Future.succeededFuture(ingest.commitWarning()));
  }

  private void deployEdge(Vertx vertx, Bus bus, Live<GrowthConfig> growth, EdgeSettings settings) {
    EdgeVerticle edge = new EdgeVerticle(bus, growth, settings);
    deploy(vertx, "edge", edge);
    httpPort = edge.port();
  }

  private void deploy(Vertx vertx, String room, Deployable verticle) {
    String id = await(vertx.deployVerticle(verticle));
    started.push(new Part(room, () -> await(vertx.undeploy(id))));
  }

  private void addDatabaseCheck(Vertx vertx, PostgresSettings postgres) {
    Pool pool = Postgres.pool(vertx, postgres.withRoomRoles(false), "readiness", 1);
    started.push(new Part("readiness pool", () -> await(pool.close())));
    readiness.add(
        "database",
        () ->
            pool.query("SELECT 1")
                .execute()
                .map(rows -> Optional.<String>empty())
                .otherwise(failure -> Optional.of("PostgreSQL does not answer")));
  }

  private EntitlementsSettings entitlements(Migrations migrations) {
    EntitlementsSettings settings = config.entitlements();
    return settings.stripeSecrets().isEmpty()
        ? settings.withStripeSecret(migrations.generatedSecret("stripe-webhook", "whsec_"))
        : settings;
  }

  private EdgeSettings edge(Migrations migrations, EntitlementsSettings entitlements) {
    EdgeSettings settings = config.edge();
    if (!settings.openMode()) {
      return settings;
    }
    Secret token =
        settings.tokenSecret() == null
            ? migrations.generatedSecret("user-token", "")
            : settings.tokenSecret();
    return settings
        .withTokenSecret(token)
        .withDemoWebhookSecret(entitlements.stripeSecrets().get(0).secret());
  }

  /** Names every port that is taken, before anything is started. */
  private void checkPorts() {
    List<String> taken = new ArrayList<>();
    if (config.node().runs("edge")) {
      checkPort("GROWTHBUS_HTTP_PORT", config.edge().host(), config.edge().port(), taken);
    }
    checkPort("GROWTHBUS_OPS_PORT", config.node().opsHost(), config.node().opsPort(), taken);
    if (config.node().clustered()) {
      checkPort(
          "GROWTHBUS_CLUSTER_PORT",
          config.node().clusterHost(),
          config.node().clusterPort(),
          taken);
    }
    if (!taken.isEmpty()) {
      throw StartException.environment(String.join("\n", taken));
    }
  }

  private static void checkPort(String setting, String host, int port, List<String> taken) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(host, port));
    } catch (BindException e) {
      taken.add(
          "Port "
              + port
              + " on "
              + host
              + " is taken (or may not be used: "
              + e.getMessage()
              + "); stop the other program, or set "
              + setting
              + " to another port (0 = a free one).");
    } catch (java.io.IOException | IllegalArgumentException e) {
      taken.add("Address " + host + ":" + port + " cannot be used: " + e.getMessage());
    }
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

  private static <T> T await(Future<T> future) {
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
