package io.growthbus.edge;

import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.settings.Secret;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.StaticHandler;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Set;
import java.util.UUID;
import java.util.function.IntSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The demo, in open mode only: its page, and an upgrade that goes the way of a real one. The server
 * plays the billing system: it signs a delivery and posts it to its own webhook route.
 */
final class DemoRoutes {
  private static final String PAGES = "growthbus/web/demo";
  private static final Duration PERIOD = Duration.ofDays(30);
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; object-src 'none';"
          + " base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

  private final Api api;
  private final HttpClient client;
  private final Secret webhookSecret;
  private final IntSupplier ownPort;
  private final String ownHost;
  private final InstantSource clock;

  /**
   * @param webhookSecret what the billing system and the node have in common
   * @param ownPort port of the node's webhook route
   */
  DemoRoutes(
      Vertx vertx,
      Api api,
      Secret webhookSecret,
      String ownHost,
      IntSupplier ownPort,
      InstantSource clock) {
    this.api = api;
    this.client = vertx.createHttpClient();
    this.webhookSecret = webhookSecret;
    this.ownHost = ownHost;
    this.ownPort = ownPort;
    this.clock = clock;
  }

  void mount(Router router) {
    Api.reading(router, "/").handler(ctx -> ctx.redirect("/demo/"));
    Api.reading(router, "/demo").handler(ctx -> redirectWithSlash(ctx));
    router
        .post("/demo/api/upgrade")
        .handler(api.route(this::upgrade, io.growthbus.edge.core.Principal.Kind.SERVER));
    Api.reading(router, "/demo/*")
        .handler(
            ctx -> {
              ctx.response()
                  .putHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY)
                  .putHeader("X-Content-Type-Options", "nosniff")
                  .putHeader("Referrer-Policy", "no-referrer")
                  .putHeader("Cache-Control", "no-cache");
              ctx.next();
            })
        .handler(
            StaticHandler.create(PAGES)
                .setDirectoryListing(false)
                .setCachingEnabled(false)
                .setIncludeHidden(false));
  }

  private static void redirectWithSlash(io.vertx.ext.web.RoutingContext ctx) {
    if (ctx.request().path().endsWith("/")) {
      ctx.next();
    } else {
      ctx.redirect("/demo/");
    }
  }

  private Future<Answer> upgrade(Call call) {
    String user =
        JsonBody.of(call.body(), Set.of("user_id")).text("user_id", UserTokens.LONGEST_USER_ID);
    JsonObject event = subscriptionCreated(user);
    Buffer body = event.toBuffer();
    long nowS = clock.millis() / 1000;
    return client
        .request(HttpMethod.POST, ownPort.getAsInt(), ownHost, "/api/billing/webhooks/stripe")
        .compose(
            request ->
                request
                    .putHeader("Content-Type", "application/json")
                    .putHeader("Stripe-Signature", signature(body, nowS))
                    .send(body))
        .compose(
            response ->
                response.statusCode() == 200
                    ? response.body()
                    : Future.failedFuture("status " + response.statusCode()))
        .recover(
            failure ->
                Future.failedFuture(
                    new RoomException(
                        ErrorKind.UNAVAILABLE,
                        "upgrade_not_delivered",
                        "The upgrade was not stored; try again.")))
        .map(done -> Answer.ok(new JsonObject().put("event_id", event.getString("id"))));
  }

  /** A delivery as Stripe sends it when a subscription begins. */
  private JsonObject subscriptionCreated(String user) {
    long nowS = clock.millis() / 1000;
    String unique = UUID.randomUUID().toString().replace("-", "");
    JsonObject item =
        new JsonObject()
            .put("id", "si_" + unique)
            .put("object", "subscription_item")
            .put("current_period_start", nowS)
            .put("current_period_end", nowS + PERIOD.toSeconds())
            .put(
                "price",
                new JsonObject().put("id", "price_demo_pro").put("lookup_key", "pro_monthly"));
    JsonObject subscription =
        new JsonObject()
            .put("id", "sub_" + unique)
            .put("object", "subscription")
            .put("customer", "cus_" + unique)
            .put("status", "active")
            .put("cancel_at_period_end", false)
            .put("metadata", new JsonObject().put("user_id", user).put("tier", "pro"))
            .put(
                "items",
                new JsonObject().put("object", "list").put("data", new JsonArray().add(item)));
    return new JsonObject()
        .put("id", "evt_" + unique)
        .put("object", "event")
        .put("api_version", "2025-03-31.basil")
        .put("created", nowS)
        .put("type", "customer.subscription.created")
        .put("data", new JsonObject().put("object", subscription));
  }

  private String signature(Buffer body, long nowS) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(
          new SecretKeySpec(webhookSecret.reveal().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      mac.update((nowS + ".").getBytes(StandardCharsets.UTF_8));
      return "t=" + nowS + ",v1=" + HexFormat.of().formatHex(mac.doFinal(body.getBytes()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }
}
