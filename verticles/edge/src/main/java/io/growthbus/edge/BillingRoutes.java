package io.growthbus.edge;

import io.growthbus.edge.core.Principal;
import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.Catalogue.Price;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfig.Tier;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import io.growthbus.shared.message.ReceiveWebhook;
import io.growthbus.shared.message.ResolveEntitlement;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.time.DateTimeException;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Routes of entitlements and billing. */
final class BillingRoutes {
  private static final int LARGEST_DELIVERY = 256 * 1024;

  /** Billing systems that deliver, and the headers that their signatures need. */
  private static final Map<String, List<String>> SIGNATURES =
      Map.of(
          "stripe",
          List.of("stripe-signature"),
          "standard",
          List.of("webhook-id", "webhook-timestamp", "webhook-signature"));

  private final Api api;
  private final Bus bus;
  private final Live<GrowthConfig> config;
  private final InstantSource clock;

  BillingRoutes(Api api, Bus bus, Live<GrowthConfig> config, InstantSource clock) {
    this.api = api;
    this.bus = bus;
    this.config = config;
    this.clock = clock;
  }

  void mount(Router router) {
    Api.reading(router, "/api/billing/entitlements/:userId")
        .handler(api.route(this::entitlement, Kind.USER, Kind.SERVER, Kind.OPERATOR));
    Api.reading(router, "/api/billing/plans")
        .handler(api.route(this::plans, Kind.BROWSER, Kind.USER, Kind.SERVER));
    SIGNATURES.forEach(
        (provider, headers) ->
            router
                .post("/api/billing/webhooks/" + provider)
                .handler(api.open(LARGEST_DELIVERY, call -> delivery(call, provider, headers))));
  }

  private Future<Answer> entitlement(Call call) {
    Optional<String> at = call.query("at");
    return at.isPresent()
        ? Api.permitted(call.principal(), Kind.SERVER, Kind.OPERATOR)
            .compose(permitted -> entitlementAt(call, moment(at.get())))
        : Api.permitted(call.principal(), Kind.USER, Kind.SERVER)
            .compose(permitted -> entitlementNow(call));
  }

  /** What it was; nothing takes the place of what cannot be read. */
  private Future<Answer> entitlementAt(Call call, long atMs) {
    String userId = Call.storedId(call.path("userId"));
    return bus.ask(Channels.RESOLVE_ENTITLEMENT, new ResolveEntitlement(userId, atMs))
        .map(
            entitlement -> {
              // A node of an earlier version takes the question for one about now.
              if (!Objects.equals(entitlement.atMs(), atMs)) {
                throw new RoomException(
                    ErrorKind.UNAVAILABLE,
                    "upgrade_under_way",
                    "Not every node knows the past yet; ask again when all are upgraded.");
              }
              return Answer.ok(body(entitlement).put("at", atMs))
                  .with("Cache-Control", "private, no-cache");
            });
  }

  /** A moment as ms since the epoch, or in ISO 8601 with its offset. */
  private static long moment(String text) {
    try {
      return text.matches("\\d{1,15}")
          ? Long.parseLong(text)
          : OffsetDateTime.parse(text).toInstant().toEpochMilli();
    } catch (DateTimeException | ArithmeticException e) {
      throw new RoomException(
          ErrorKind.INVALID,
          "invalid_moment",
          "Give \"at\" in ms since the epoch, or such as 2026-11-25T08:30:00Z.");
    }
  }

  private Future<Answer> entitlementNow(Call call) {
    String userId = Call.userId(call.path("userId"));
    Principal principal = call.principal();
    if (principal.kind() == Kind.USER && !userId.equals(principal.userId())) {
      return Future.failedFuture(
          new RoomException(ErrorKind.NOT_FOUND, "unknown_user", "There is no such user for you."));
    }
    return bus.ask(Channels.RESOLVE_ENTITLEMENT, new ResolveEntitlement(userId))
        // A page takes any body for a state, so even the worst moment answers with one.
        .otherwise(failure -> fallback(userId))
        .map(
            entitlement -> {
              Answer answer = Answer.ok(body(entitlement));
              return answer
                  .with("ETag", Api.tag(answer.body()))
                  .with("Cache-Control", "private, no-cache");
            });
  }

  private Entitlement fallback(String userId) {
    GrowthConfig.Entitlements rules = config.get().entitlements();
    Tier tier =
        rules
            .tier(rules.fallbackTier())
            .orElse(new Tier(rules.fallbackTier(), Map.of(), List.of(), List.of()));
    return new Entitlement(
        userId,
        tier.name(),
        tier.limits(),
        tier.unlimited(),
        tier.features(),
        0,
        State.FALLBACK,
        "unknown",
        null,
        null,
        0);
  }

  private static JsonObject body(Entitlement entitlement) {
    return new JsonObject()
        .put("user_id", entitlement.userId())
        .put("tier", entitlement.tier())
        .put("limits", limits(entitlement.limits()))
        .put("unlimited", new JsonArray(entitlement.unlimited()))
        .put("features", new JsonArray(entitlement.features()))
        .put("usage", new JsonObject())
        .put("last_sync", entitlement.lastSyncMs())
        .put("state", entitlement.state().name().toLowerCase(Locale.ROOT))
        .put("reason", entitlement.reason())
        .put("grace_until", entitlement.graceUntilMs())
        .put("expires_at", entitlement.expiresAtMs())
        .put("revision", entitlement.revision());
  }

  static JsonObject limits(Map<String, Long> limits) {
    JsonObject json = new JsonObject();
    limits.forEach(json::put);
    return json;
  }

  private Future<Answer> plans(Call call) {
    JsonArray tiers = new JsonArray();
    for (Tier tier : config.get().entitlements().tiers()) {
      tiers.add(
          new JsonObject()
              .put("tier", tier.name())
              .put("limits", limits(tier.limits()))
              .put("unlimited", new JsonArray(tier.unlimited()))
              .put("features", new JsonArray(tier.features()))
              .put("prices", prices(tier.name())));
    }
    Answer answer =
        Answer.ok(
            new JsonObject()
                .put("fallback_tier", config.get().entitlements().fallbackTier())
                .put("tiers", tiers));
    return Future.succeededFuture(
        answer.with("ETag", Api.tag(answer.body())).with("Cache-Control", "public, max-age=300"));
  }

  private JsonArray prices(String tier) {
    JsonArray prices = new JsonArray();
    for (Price price :
        config.get().entitlements().catalogue().prices().getOrDefault(tier, List.of())) {
      prices.add(
          new JsonObject()
              .put("amount", price.amount())
              .put("currency", price.currency())
              .put("interval", price.interval()));
    }
    return prices;
  }

  private Future<Answer> delivery(Call call, String provider, List<String> signatureHeaders) {
    Map<String, String> headers = new HashMap<>();
    for (String name : signatureHeaders) {
      String value = call.ctx().request().getHeader(name);
      if (value != null) {
        headers.put(name, value);
      }
    }
    return bus.ask(
            Channels.RECEIVE_WEBHOOK,
            new ReceiveWebhook(provider, headers, call.body().getBytes(), clock.millis()))
        .map(
            received ->
                Answer.ok(
                    new JsonObject().put("received", true).put("outcome", received.outcome())));
  }
}
