package io.growthbus.edge;

import io.growthbus.edge.core.SocketRules;
import io.growthbus.edge.core.StreamTopics;
import io.growthbus.edge.socket.SocketServer;
import io.growthbus.edge.socket.SocketSettings;
import io.growthbus.edge.stream.EventStreams;
import io.growthbus.edge.stream.StreamSettings;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.bus.EntitlementAsk;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.EntitlementChanged;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Secret;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Room edge: everything that speaks HTTP or holds a socket. */
public final class EdgeVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(EdgeVerticle.class);
  private static final int LARGEST_HEADER = 16 * 1024;
  private static final int SOCKET_MESSAGES_PER_SECOND = 20;
  private static final Duration SOCKET_IDLE = Duration.ofSeconds(60);
  private static final Duration SOCKET_CHECK = Duration.ofMillis(500);
  private static final int CONNECTION_IDLE_S = 75;

  private final Bus bus;
  private final Live<GrowthConfig> config;
  private final EdgeSettings settings;
  private final InstantSource clock;
  private boolean draining;
  private @Nullable HttpServer server;
  private @Nullable SocketServer sockets;
  private @Nullable EventStreams streams;

  /**
   * @param settings without a token secret user tokens are neither made nor checked, without the
   *     demo's webhook secret there is no demo
   */
  public EdgeVerticle(Bus bus, Live<GrowthConfig> config, EdgeSettings settings) {
    this(bus, config, settings, InstantSource.system());
  }

  EdgeVerticle(Bus bus, Live<GrowthConfig> config, EdgeSettings settings, InstantSource clock) {
    this.bus = bus;
    this.config = config;
    this.settings = settings;
    this.clock = clock;
  }

  /** The port that it listens on, once started. */
  public int port() {
    HttpServer listening = server;
    return listening == null ? settings.port() : listening.actualPort();
  }

  @Override
  public Future<?> start() {
    UserTokens tokens = new UserTokens(vertx, settings.tokenSecret(), clock);
    SocketServer open =
        new SocketServer(
            bus,
            tokens::verify,
            new SocketSettings(
                settings.socketsPerUser(),
                settings.streamsPerAddress(),
                settings.socketsPerNode(),
                SOCKET_MESSAGES_PER_SECOND,
                SOCKET_IDLE),
            clock,
            PromptRoutes::body);
    sockets = open;
    vertx.setPeriodic(SOCKET_CHECK.toMillis(), timer -> open.closeOverdue());
    vertx.setPeriodic(settings.promptLook().toMillis(), timer -> open.lookForPrompts());
    StreamTopics topics = new StreamTopics(topicSecret());
    EventStreams eventStreams =
        new EventStreams(
            vertx,
            bus,
            topics,
            new StreamSettings(settings.streamsPerAddress(), settings.streamsPerNode()),
            clock);
    streams = eventStreams;
    Router router =
        new EdgeRouter(vertx, bus, config, settings, clock)
            .router(tokens, open, eventStreams, topics, this::port, this::closeWhileDraining);
    return hearTheRooms(open)
        .compose(done -> eventStreams.start())
        .compose(done -> vertx.createHttpServer(options()).requestHandler(router).listen())
        .onSuccess(listening -> server = listening);
  }

  /** Without a database at the start there may be no secret yet: names are then this node's own. */
  private String topicSecret() {
    Secret shared = settings.tokenSecret();
    return shared == null ? UUID.randomUUID().toString() : shared.reveal();
  }

  /**
   * Drains: goes on serving for a moment, with each response asking its connection to close, then
   * sends the sockets elsewhere, accepts nothing new and waits for what is under way.
   */
  @Override
  public Future<?> stop() {
    HttpServer listening = server;
    if (listening == null) {
      return Future.succeededFuture();
    }
    draining = true;
    return vertx
        .timer(Math.max(1, settings.drainDelay().toMillis()), TimeUnit.MILLISECONDS)
        .compose(
            later -> {
              if (sockets != null) {
                sockets.closeAll();
              }
              if (streams != null) {
                streams.closeAll();
              }
              return listening.shutdown(settings.drainTimeout().toMillis(), TimeUnit.MILLISECONDS);
            });
  }

  private HttpServerOptions options() {
    return new HttpServerOptions()
        .setHost(settings.host())
        .setPort(settings.port())
        .setMaxInitialLineLength(8 * 1024)
        .setMaxHeaderSize(LARGEST_HEADER)
        .setMaxFormAttributeSize(0)
        .setIdleTimeout(CONNECTION_IDLE_S)
        // All of edge runs on one event loop. So a connection needs no queue for other threads,
        // which would be 4 KiB of each idle socket.
        .setStrictThreadMode(true)
        // Clients that ask before they send a large body would otherwise wait in vain.
        .setHandle100ContinueAutomatically(true)
        .setMaxWebSocketFrameSize(SocketSettings.LARGEST_FRAME)
        .setMaxWebSocketMessageSize(2 * SocketSettings.LARGEST_FRAME);
  }

  private void closeWhileDraining(RoutingContext ctx) {
    if (draining) {
      ctx.response().putHeader("Connection", "close");
    }
    ctx.next();
  }

  private Future<?> hearTheRooms(SocketServer open) {
    return Future.all(
        bus.hear(Channels.PROMPT_RAISED, raised -> open.prompt(raised.userId(), raised.prompt())),
        bus.hear(
            Channels.PROMPT_RETRACTED,
            retracted ->
                open.toUser(
                    retracted.userId(),
                    SocketRules.PROMPTS,
                    new JsonObject()
                        .put("type", "retract")
                        .put("prompt_id", retracted.promptId())
                        .put("reason", retracted.reason()))),
        bus.hear(
            Channels.FLAGS_CHANGED,
            changed ->
                open.toAll(
                    SocketRules.FLAGS, new JsonObject().put("revision", changed.revision()))),
        bus.hear(Channels.ENTITLEMENT_CHANGED, changed -> entitlementChanged(open, changed)),
        bus.hear(Channels.ERASURE_ORDERED, ordered -> open.closeErased(ordered.userId())));
  }

  private void entitlementChanged(SocketServer open, EntitlementChanged changed) {
    if (!open.isHeard(changed.userId(), SocketRules.ENTITLEMENTS)) {
      return;
    }
    EntitlementAsk.atLeast(vertx, bus, changed)
        .onSuccess(now -> open.toUser(changed.userId(), SocketRules.ENTITLEMENTS, entitlement(now)))
        .onFailure(e -> LOG.info("a changed entitlement cannot be read now: {}", e.getMessage()));
  }

  private static JsonObject entitlement(Entitlement entitlement) {
    return new JsonObject()
        .put("revision", entitlement.revision())
        .put("tier", entitlement.tier())
        .put("limits", BillingRoutes.limits(entitlement.limits()))
        .put("state", entitlement.state().name().toLowerCase(Locale.ROOT));
  }
}
