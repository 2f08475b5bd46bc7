package io.growthbus.edge;

import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.DeleteMeter;
import io.growthbus.shared.message.ListMeters;
import io.growthbus.shared.message.MeterChange;
import io.growthbus.shared.message.MeterState;
import io.growthbus.shared.message.MeterUsage;
import io.growthbus.shared.message.PutMeter;
import io.growthbus.shared.message.ReadUsage;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.Optional;

/** Routes of meters: their definitions, and what they have counted for whom. */
final class MeterRoutes {
  private static final String ALL = "/api/admin/meters";

  private final Api api;
  private final Bus bus;

  MeterRoutes(Api api, Bus bus) {
    this.api = api;
    this.bus = bus;
  }

  void mount(Router router) {
    new AdminCollection(api, ALL, "key")
        .mount(router, Api.SMALL_BODY, this::all, this::one, this::put, this::delete);
    Api.reading(router, ALL + "/:key/usage").handler(api.route(this::usage, Kind.OPERATOR));
  }

  private Future<Answer> all(Call call) {
    return bus.ask(Channels.LIST_METERS, new ListMeters(null))
        .map(
            found -> {
              JsonArray meters = new JsonArray();
              found.meters().forEach(meter -> meters.add(body(meter)));
              return AdminCollection.shown(
                  found.revision(), new JsonObject().put("meters", meters));
            });
  }

  private Future<Answer> one(Call call) {
    return bus.ask(Channels.LIST_METERS, new ListMeters(call.path("key")))
        .map(
            found ->
                AdminCollection.shown(
                    found.revision(), new JsonObject().put("meter", body(found.meters().get(0)))));
  }

  private Future<Answer> put(Call call) {
    return bus.ask(
            Channels.PUT_METER,
            new PutMeter(
                call.path("key"),
                AdminBody.text(call.body()),
                Revisions.expected(call),
                call.actor()))
        .map(MeterRoutes::changed);
  }

  private Future<Answer> delete(Call call) {
    return bus.ask(
            Channels.DELETE_METER,
            new DeleteMeter(call.path("key"), Revisions.expected(call), call.actor()))
        .map(MeterRoutes::changed);
  }

  private Future<Answer> usage(Call call) {
    Optional<String> user = call.query("user_id");
    Optional<String> account = call.query("account_id");
    if (user.isPresent() == account.isPresent()) {
      throw new RoomException(
          ErrorKind.INVALID, "invalid_subject", "Give either user_id or account_id.");
    }
    String key = call.path("key");
    String subject = Call.storedId(user.or(() -> account).orElseThrow());
    return bus.ask(Channels.READ_USAGE, new ReadUsage(key, subject, account.isPresent()))
        .map(
            usage ->
                Answer.ok(
                    body(usage)
                        .put("key", key)
                        .put(user.isPresent() ? "user_id" : "account_id", subject)));
  }

  private static JsonObject body(MeterUsage usage) {
    return new JsonObject()
        .put("value", new BigDecimal(usage.value()))
        .put("period_start", usage.periodStartMs())
        .put("resets_at", usage.resetsAtMs());
  }

  private static Answer changed(MeterChange change) {
    JsonObject body =
        AdminCollection.change(
            change.revision(),
            change.changed(),
            change.nodes(),
            change.pending(),
            change.appliedAtMs());
    if (change.meter() != null) {
      body.put("meter", body(change.meter()));
    }
    return Answer.ok(body);
  }

  private static JsonObject body(MeterState meter) {
    MeterState.Backfill backfill = meter.backfill();
    return new JsonObject(meter.definition())
        .put("source", meter.source().name().toLowerCase(Locale.ROOT))
        .put("since_revision", meter.revision())
        .put(
            "backfill",
            backfill == null
                ? null
                : new JsonObject()
                    .put("state", backfill.state())
                    .put("days_done", backfill.daysDone())
                    .put("days_total", backfill.daysTotal()));
  }
}
