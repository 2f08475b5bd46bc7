package io.growthbus.edge;

import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.message.FlagSchedule;
import io.growthbus.shared.message.PutSchedule;
import io.growthbus.shared.message.ReadSchedule;
import io.growthbus.shared.message.ScheduledChange;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import org.jspecify.annotations.Nullable;

/** Routes of the scheduled changes of a flag. */
final class ScheduleRoutes {
  private static final String PATH = "/api/admin/flags/:key/schedule";

  private final Api api;
  private final Bus bus;

  ScheduleRoutes(Api api, Bus bus) {
    this.api = api;
    this.bus = bus;
  }

  void mount(Router router) {
    Api.reading(router, PATH).handler(api.route(this::read, Kind.OPERATOR));
    router
        .put(PATH)
        .handler(api.route(call -> put(call, AdminBody.text(call.body())), Kind.OPERATOR));
    router.delete(PATH).handler(api.route(call -> put(call, null), Kind.OPERATOR));
  }

  private Future<Answer> read(Call call) {
    return bus.ask(Channels.READ_SCHEDULE, new ReadSchedule(call.path("key")))
        .map(ScheduleRoutes::body);
  }

  private Future<Answer> put(Call call, @Nullable String changes) {
    return bus.ask(
            Channels.PUT_SCHEDULE,
            new PutSchedule(call.path("key"), changes, call.actor(), Revisions.expected(call)))
        .map(ScheduleRoutes::body);
  }

  private static Answer body(FlagSchedule schedule) {
    JsonArray changes = new JsonArray();
    schedule.changes().forEach(change -> changes.add(body(change)));
    return Answer.ok(new JsonObject().put("key", schedule.key()).put("schedule", changes));
  }

  private static JsonObject body(ScheduledChange step) {
    JsonObject change = new JsonObject();
    if (step.enabled() != null) {
      change.put("enabled", step.enabled());
    }
    if (step.rolloutPercentage() != null) {
      change.put("rollout_percentage", step.rolloutPercentage());
    }
    return new JsonObject()
        .put("at", step.atMs())
        .put("change", change)
        .put("applied_at", step.appliedAtMs());
  }
}
