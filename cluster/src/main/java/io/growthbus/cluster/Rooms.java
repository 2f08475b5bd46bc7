package io.growthbus.cluster;

import io.growthbus.activation.ActivationVerticle;
import io.growthbus.edge.EdgeSettings;
import io.growthbus.edge.EdgeVerticle;
import io.growthbus.entitlements.EntitlementsVerticle;
import io.growthbus.flags.FlagsVerticle;
import io.growthbus.flags.LastGoodPlace;
import io.growthbus.ingest.IngestVerticle;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.flags.FlagDecision.Reason;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The rooms of a node's roles. */
final class Rooms {
  private final Vertx vertx;
  private final NodeConfig config;
  private final LastGoodPlace lastGood;
  private final Live<GrowthConfig> growth;
  private final Parts parts;
  private final Bus bus;
  private final Map<String, String> deployed = new HashMap<>();
  private volatile @Nullable IngestVerticle ingest;
  private volatile @Nullable FlagsVerticle flags;
  private int httpPort;

  Rooms(
      Vertx vertx,
      NodeConfig config,
      LastGoodPlace lastGood,
      Live<GrowthConfig> growth,
      Parts parts) {
    this.vertx = vertx;
    this.config = config;
    this.lastGood = lastGood;
    this.growth = growth;
    this.parts = parts;
    this.bus = new Bus(vertx);
  }

  /** The port that edge listens on, once deployed. */
  int httpPort() {
    return httpPort;
  }

  /** Deploys all, in the order of {@link NodeSettings#ROOMS}. */
  void deployAll(PostgresSettings postgres, RoomSecrets secrets) {
    for (String room : NodeSettings.ROOMS) {
      if (config.node().runs(room)) {
        deploy(room, postgres, secrets);
      }
    }
  }

  /**
   * Deploys the rooms that have something to say without the database, which connect by themselves
   * later on.
   */
  void deployWithoutDatabase(PostgresSettings postgres, RoomSecrets secrets) {
    for (String room : NodeSettings.ROOMS) {
      if (config.node().runs(room) && !room.equals("ingest")) {
        deploy(room, postgres, secrets);
      }
    }
  }

  /**
   * Deploys what {@link #deployWithoutDatabase} has left out, and what lacked a secret once more.
   * May be called again when it fails.
   */
  void complete(PostgresSettings postgres, RoomSecrets secrets) {
    if (config.node().runs("ingest") && ingest == null) {
      IngestVerticle room = new IngestVerticle(bus, growth, config.ingest(), postgres);
      String id = Node.await(vertx.deployVerticle(room));
      ingest = room;
      // As in a usual start: below the rooms that may still ask it something while they stop.
      parts.insertBelow("flags", "ingest", () -> Node.await(vertx.undeploy(id)));
    }
    if (config.node().runs("entitlements")
        && !secrets.entitlements().equals(config.entitlements())) {
      replace(
          "entitlements", new EntitlementsVerticle(bus, growth, secrets.entitlements(), postgres));
    }
    if (config.node().runs("edge") && !secrets.edge().equals(config.edge())) {
      // The same port, which the former one has to give up first; only in open mode.
      undeploy("edge");
      replace("edge", new EdgeVerticle(bus, growth, secrets.edge().withPort(httpPort)));
    }
  }

  private void deploy(String room, PostgresSettings postgres, RoomSecrets secrets) {
    switch (room) {
      case "ingest" -> {
        IngestVerticle verticle = new IngestVerticle(bus, growth, config.ingest(), postgres);
        deploy(room, verticle);
        ingest = verticle;
      }
      case "flags" -> {
        FlagsVerticle verticle = new FlagsVerticle(bus, growth, config.flags(), postgres, lastGood);
        deploy(room, verticle);
        flags = verticle;
      }
      case "entitlements" ->
          deploy(room, new EntitlementsVerticle(bus, growth, secrets.entitlements(), postgres));
      case "activation" ->
          deploy(room, new ActivationVerticle(bus, growth, config.activation(), postgres));
      default -> deployEdge(secrets.edge());
    }
  }

  private void deployEdge(EdgeSettings settings) {
    EdgeVerticle edge = new EdgeVerticle(bus, growth, settings);
    deploy("edge", edge);
    httpPort = edge.port();
  }

  private void deploy(String room, Deployable verticle) {
    String id = Node.await(vertx.deployVerticle(verticle));
    deployed.put(room, id);
    parts.push(room, () -> Node.await(vertx.undeploy(id)));
  }

  /**
   * Deploys a room beside the one that runs and then takes that away, so that it is never absent.
   */
  private void replace(String room, Deployable verticle) {
    String id = Node.await(vertx.deployVerticle(verticle));
    undeploy(room);
    deployed.put(room, id);
    parts.replace(room, () -> Node.await(vertx.undeploy(id)));
  }

  private void undeploy(String room) {
    String id = deployed.remove(room);
    if (id != null) {
      parts.replace(room, () -> {});
      Node.await(vertx.undeploy(id));
    }
  }

  /** What the rooms say of their readiness. */
  void addChecks(Readiness readiness) {
    if (config.node().runs("ingest")) {
      readiness.add("durability", () -> of(ingest, IngestVerticle::durabilityWarning));
      readiness.add("commits", () -> of(ingest, IngestVerticle::commitWarning));
    }
    if (config.node().runs("flags")) {
      readiness.add("flags", () -> of(flags, FlagsVerticle::warning));
    }
  }

  /** What the rooms count. */
  void addMeters(MeterRegistry registry) {
    if (config.node().runs("ingest")) {
      counted(
          "growthbus.ingest.dropped.properties",
          "Properties that were dropped because no contract names them",
          registry,
          IngestVerticle::droppedProperties);
      counted(
          "growthbus.ingest.refused.events",
          "Events that were refused for their content, repetitions included",
          registry,
          IngestVerticle::refusedEvents);
      counted(
          "growthbus.ingest.not.kept.events",
          "Refused events of which nothing but the number was kept",
          registry,
          IngestVerticle::notKeptEvents);
    }
    if (config.node().runs("flags")) {
      for (Reason reason : Reason.values()) {
        FunctionCounter.builder(
                "growthbus.flag.evaluations",
                this,
                rooms -> rooms.flag(room -> room.evaluations(reason)))
            .tag("reason", reason.name())
            .description("Evaluations of flags by this node")
            .register(registry);
      }
      FunctionCounter.builder(
              "growthbus.flag.exposures.lost", this, r -> r.flag(FlagsVerticle::lostExposures))
          .description("Exposures that could not be stored in time")
          .register(registry);
      Gauge.builder("growthbus.flags.revision", this, r -> r.flag(FlagsVerticle::revision))
          .description("Revision of the flags that are evaluated")
          .register(registry);
      Gauge.builder("growthbus.flags.age", this, r -> r.flag(FlagsVerticle::ageSeconds))
          .baseUnit("seconds")
          .description("Since PostgreSQL last said that this is the newest revision")
          .register(registry);
    }
  }

  private void counted(
      String name,
      String description,
      MeterRegistry registry,
      ToDoubleFunction<IngestVerticle> count) {
    FunctionCounter.builder(name, this, rooms -> value(rooms.ingest, count))
        .description(description)
        .register(registry);
  }

  private double flag(ToDoubleFunction<FlagsVerticle> value) {
    return value(flags, value);
  }

  private static <R> double value(@Nullable R room, ToDoubleFunction<R> value) {
    return room == null ? 0 : value.applyAsDouble(room);
  }

  private static <R> Future<Optional<String>> of(
      @Nullable R room, Function<R, Optional<String>> warning) {
    return Future.succeededFuture(
        room == null ? Optional.of("not started yet") : warning.apply(room));
  }
}
