package io.growthbus.edge;

import io.growthbus.edge.core.Principal;
import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.CheckEntitlement;
import io.growthbus.shared.message.EntitlementUsed;
import io.growthbus.shared.message.EntitlementVerdict;
import io.growthbus.shared.message.EntitlementVerdict.Unlock;
import io.growthbus.shared.message.ReservationSettled;
import io.growthbus.shared.message.SettleReservation;
import io.growthbus.shared.message.UseEntitlement;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Routes that ask whether a user may use something, and that use it up. */
final class EntitlementRoutes {
  private static final String RESERVATIONS = "/api/entitlements/reservations";

  private final Api api;
  private final Bus bus;

  EntitlementRoutes(Api api, Bus bus) {
    this.api = api;
    this.bus = bus;
  }

  void mount(Router router) {
    router.post("/api/entitlements/check").handler(api.route(this::check, Kind.USER, Kind.SERVER));
    router.post("/api/entitlements/consume").handler(api.route(this::consume, Kind.SERVER));
    router.post(RESERVATIONS).handler(api.route(this::reserve, Kind.SERVER));
    router
        .post(RESERVATIONS + "/:id/confirm")
        .handler(api.route(call -> settle(call, true), Kind.SERVER));
    router
        .post(RESERVATIONS + "/:id/release")
        .handler(api.route(call -> settle(call, false), Kind.SERVER));
  }

  private Future<Answer> check(Call call) {
    JsonBody body = JsonBody.of(call.body(), Set.of("user_id", "feature", "meter", "amount"));
    Optional<String> feature = body.optionalText("feature", UseEntitlement.LONGEST_NAME);
    Optional<String> meter = body.optionalText("meter", UseEntitlement.LONGEST_NAME);
    if (feature.isPresent() == meter.isPresent()) {
      throw new RoomException(
          ErrorKind.INVALID, "invalid_check", "Give either \"feature\" or \"meter\".");
    }
    CheckEntitlement question =
        new CheckEntitlement(
            user(call.principal(), body),
            feature.orElse(null),
            meter.orElse(null),
            body.number("amount", 1, 0, UseEntitlement.MOST));
    return bus.ask(Channels.CHECK_ENTITLEMENT, question)
        .map(
            verdict ->
                Answer.ok(
                    body(verdict)
                        .put(
                            feature.isPresent() ? "feature" : "meter",
                            feature.or(() -> meter).get())));
  }

  /** With a token that user; any other looks like one that does not exist. */
  private static String user(Principal principal, JsonBody body) {
    String own = principal.userId();
    if (own == null) {
      return body.text("user_id", UserTokens.LONGEST_USER_ID);
    }
    if (!body.optionalText("user_id", UserTokens.LONGEST_USER_ID).orElse(own).equals(own)) {
      throw new RoomException(
          ErrorKind.NOT_FOUND, "unknown_user", "There is no such user for you.");
    }
    return own;
  }

  private static JsonObject body(EntitlementVerdict verdict) {
    return new JsonObject()
        .put("user_id", verdict.userId())
        .put("allowed", verdict.allowed())
        .put("limit", verdict.limit())
        .put("used", verdict.used())
        .put("remaining", verdict.remaining())
        .put("resets_at", verdict.resetsAtMs())
        .put("over_limit", verdict.overLimit())
        .put("state", verdict.state().name().toLowerCase(Locale.ROOT))
        .put("reason", verdict.reason())
        .put("unlock", unlock(verdict.unlock()));
  }

  private static @Nullable JsonObject unlock(@Nullable Unlock unlock) {
    return unlock == null
        ? null
        : new JsonObject().put("tier", unlock.tier()).put("limit", unlock.limit());
  }

  private Future<Answer> consume(Call call) {
    JsonBody body = JsonBody.of(call.body(), Set.of("user_id", "feature", "amount", "event_id"));
    return use(body, null);
  }

  private Future<Answer> reserve(Call call) {
    JsonBody body =
        JsonBody.of(call.body(), Set.of("user_id", "feature", "amount", "event_id", "ttl_s"));
    return use(body, body.number("ttl_s", 300, 1, UseEntitlement.LONGEST_HOLD_MS / 1_000) * 1_000);
  }

  private Future<Answer> use(JsonBody body, @Nullable Long holdMs) {
    UseEntitlement order =
        new UseEntitlement(
            body.text("user_id", UserTokens.LONGEST_USER_ID),
            body.text("feature", UseEntitlement.LONGEST_NAME),
            body.number("amount", 1, 1, UseEntitlement.MOST),
            body.text("event_id", UseEntitlement.LONGEST_NAME),
            holdMs);
    return bus.ask(Channels.USE_ENTITLEMENT, order)
        .map(used -> Answer.ok(holdMs == null ? body(used) : reservation(used)));
  }

  private static JsonObject body(EntitlementUsed used) {
    return new JsonObject()
        .put("user_id", used.userId())
        .put("feature", used.feature())
        .put("granted", used.granted())
        .put("amount", used.amount())
        .put("limit", used.limit())
        .put("used", used.used())
        .put("remaining", used.remaining())
        .put("resets_at", used.resetsAtMs())
        .put("over_limit", used.overLimit())
        .put("unlock", unlock(used.unlock()));
  }

  private static JsonObject reservation(EntitlementUsed used) {
    return body(used).put("id", used.reservationId()).put("expires_at", used.heldUntilMs());
  }

  private Future<Answer> settle(Call call, boolean confirmed) {
    Long amount = null;
    if (call.body().length() > 0) {
      JsonBody body = JsonBody.of(call.body(), confirmed ? Set.of("amount") : Set.of());
      long said = body.number("amount", -1, 0, UseEntitlement.MOST);
      amount = said < 0 ? null : Long.valueOf(said);
    }
    return bus.ask(
            Channels.SETTLE_RESERVATION, new SettleReservation(call.path("id"), confirmed, amount))
        .map(settled -> Answer.ok(body(settled)));
  }

  private static JsonObject body(ReservationSettled settled) {
    return new JsonObject()
        .put("id", settled.reservationId())
        .put("user_id", settled.userId())
        .put("feature", settled.feature())
        .put("state", settled.state())
        .put("amount", settled.amount());
  }
}
