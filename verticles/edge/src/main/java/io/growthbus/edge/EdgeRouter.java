package io.growthbus.edge;

import io.growthbus.edge.core.OriginRules;
import io.growthbus.edge.core.StreamTopics;
import io.growthbus.edge.socket.SocketServer;
import io.growthbus.edge.socket.SocketSettings;
import io.growthbus.edge.stream.EventStreams;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.sockjs.SockJSHandler;
import io.vertx.ext.web.handler.sockjs.SockJSHandlerOptions;
import java.time.InstantSource;
import java.util.function.IntSupplier;

/**
 * All routes of the node, and what stands before and behind every one of them: request id, headers
 * that protect pages, the origin gate; problem bodies.
 */
final class EdgeRouter {
  private final Vertx vertx;
  private final Bus bus;
  private final Live<GrowthConfig> config;
  private final EdgeSettings settings;
  private final InstantSource clock;

  EdgeRouter(
      Vertx vertx, Bus bus, Live<GrowthConfig> config, EdgeSettings settings, InstantSource clock) {
    this.vertx = vertx;
    this.bus = bus;
    this.config = config;
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * The routes.
   *
   * @param ownPort port that the node listens on, asked for when a route needs it
   * @param first runs before everything else
   */
  Router router(
      UserTokens tokens,
      SocketServer sockets,
      EventStreams streams,
      StreamTopics topics,
      IntSupplier ownPort,
      Handler<RoutingContext> first) {
    Router router = Router.router(vertx);
    Api api = new Api(new Access(settings, tokens));
    router
        .route()
        .handler(new ConnectionPatience(vertx))
        .handler(first)
        .handler(RequestIds::assign)
        .handler(EdgeRouter::protectPages);
    router
        .route()
        .handler(new OriginGate(new OriginRules(settings.allowedOrigins(), settings.openMode())));
    new TelemetryRoutes(api, bus, settings, clock).mount(router);
    new SegmentRoutes(api, bus, settings, clock).mount(router);
    new FlagRoutes(api, bus).mount(router);
    new OfrepRoutes(vertx, api, bus, new OfrepStreamRoutes(api, settings, topics, streams))
        .mount(router);
    new BillingRoutes(api, bus, config, clock).mount(router);
    new PromptRoutes(api, bus).mount(router);
    new AuthRoutes(api, tokens, config).mount(router);
    new UserRoutes(api, bus).mount(router);
    new DocumentRoutes(api).mount(router);
    new QuarantineRoutes(api, bus, clock).mount(router);
    new MeterRoutes(api, bus).mount(router);
    new RuleRoutes(api, bus).mount(router);
    new SchemaRoutes(api, bus).mount(router);
    new WebhookRoutes(api, bus).mount(router);
    new ExplainRoutes(api, bus).mount(router);
    new FlagPreviewRoutes(api, bus).mount(router);
    new EntitlementRoutes(api, bus).mount(router);
    new OverrideRoutes(api, bus).mount(router);
    new DefinitionRoutes(api, bus).mount(router);
    new ScheduleRoutes(api, bus).mount(router);
    new AuditRoutes(api, bus).mount(router);
    new SdkRoutes(api).mount(router);
    new FlagReportRoutes(api, bus).mount(router);
    if (settings.openMode() && settings.demoWebhookSecret() != null) {
      new DemoRoutes(vertx, api, settings.demoWebhookSecret(), settings.host(), ownPort, clock)
          .mount(router);
    }
    mountSockets(router, sockets);
    return withProblems(router);
  }

  /** Nothing that is answered here may be framed, sniffed or run, except the pages that say so. */
  private static void protectPages(RoutingContext ctx) {
    HttpServerResponse response = ctx.response();
    response
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("Referrer-Policy", "no-referrer")
        .putHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    ctx.next();
  }

  private void mountSockets(Router router, SocketServer sockets) {
    SockJSHandlerOptions options =
        new SockJSHandlerOptions()
            .setInsertJSESSIONID(false)
            .setRegisterWriteHandler(false)
            .addDisabledTransport("EVENT_SOURCE")
            .addDisabledTransport("HTML_FILE")
            .addDisabledTransport("JSON_P");
    // The library mounts these whatever the transports; only old iframe transports use them.
    router
        .routeWithRegex("/eventbus/(iframe[^/]*\\.html|chunking_test)")
        .handler(ctx -> ProblemWriter.write(ctx, notFound()));
    router.post("/eventbus/*").handler(BodyReader.cutSlow());
    // Without a body handler in front the XHR transports answer every send with 500. Only those: a
    // WebSocket handshake that says "Content-Length: 0" could not be upgraded once it is read.
    router
        .post("/eventbus/*")
        .handler(BodyHandler.create(false).setBodyLimit(SocketSettings.LARGEST_FRAME));
    router
        .route("/eventbus/*")
        .subRouter(SockJSHandler.create(vertx, options).socketHandler(sockets::accept));
  }

  private static Router withProblems(Router router) {
    return router
        .errorHandler(404, ctx -> ProblemWriter.write(ctx, notFound()))
        .errorHandler(
            405,
            ctx -> {
              ctx.response().putHeader("Allow", AllowedMethods.of(router, ctx.normalizedPath()));
              ProblemWriter.write(ctx, wrongMethod());
            })
        .errorHandler(413, ctx -> ProblemWriter.write(ctx, tooLarge()))
        .errorHandler(400, ctx -> ProblemWriter.write(ctx, ProblemWriter.malformed()))
        .errorHandler(500, ctx -> ProblemWriter.write(ctx, failureOf(ctx)));
  }

  private static RoomException notFound() {
    return new RoomException(
        ErrorKind.NOT_FOUND,
        "not_found",
        "There is nothing at this address; /openapi.yaml lists what there is.");
  }

  private static RoomException wrongMethod() {
    return new RoomException(
        ErrorKind.INVALID,
        "method_not_allowed",
        "This address takes another method; see /openapi.yaml.");
  }

  private static RoomException tooLarge() {
    return new RoomException(ErrorKind.TOO_LARGE, "body_too_large", "The body is too large.");
  }

  private static Throwable failureOf(RoutingContext ctx) {
    return ctx.failure() == null ? new IllegalStateException("no cause is known") : ctx.failure();
  }
}
