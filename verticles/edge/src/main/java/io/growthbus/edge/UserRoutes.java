package io.growthbus.edge;

import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.EraseUser;
import io.growthbus.shared.message.ErasureStatus;
import io.growthbus.shared.message.ReadErasure;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;

/** Routes of users as persons with rights: erase and keep out, and hand over what is stored. */
final class UserRoutes {
  private static final String ERASURES = "/api/erasures/";

  private final Api api;
  private final Bus bus;

  UserRoutes(Api api, Bus bus) {
    this.api = api;
    this.bus = bus;
  }

  void mount(Router router) {
    router.delete("/api/users/:userId").handler(api.route(this::erase, Kind.SERVER, Kind.OPERATOR));
    Api.reading(router, ERASURES + ":id")
        .handler(api.route(this::erasure, Kind.SERVER, Kind.OPERATOR));
    Api.reading(router, "/api/users/:userId/export")
        .handler(
            api.stream(
                call -> new UserExportStream(bus, call.ctx(), user(call)).run(),
                Kind.SERVER,
                Kind.OPERATOR));
  }

  private Future<Answer> erase(Call call) {
    return bus.ask(Channels.ERASE_USER, new EraseUser(user(call), suppress(call)))
        .map(
            status ->
                status.completedAtMs() == null
                    ? Answer.json(202, body(status)).with("Location", ERASURES + status.orderId())
                    : Answer.ok(body(status)));
  }

  private Future<Answer> erasure(Call call) {
    return bus.ask(Channels.READ_ERASURE, new ReadErasure(call.path("id")))
        .map(status -> Answer.ok(body(status)));
  }

  private static JsonObject body(ErasureStatus status) {
    JsonObject rooms = new JsonObject();
    status.erasedAtMs().forEach(rooms::put);
    return new JsonObject()
        .put("order_id", status.orderId())
        .put("state", status.completedAtMs() == null ? "running" : "completed")
        .put("requested_at", status.requestedAtMs())
        .put("completed_at", status.completedAtMs())
        .put("rooms", rooms);
  }

  private static boolean suppress(Call call) {
    String word = call.query("suppress").orElse("true");
    if (!word.equals("true") && !word.equals("false")) {
      throw new RoomException(
          ErrorKind.INVALID, "invalid_suppress", "The parameter \"suppress\" is true or false.");
    }
    return word.equals("true");
  }

  private static String user(Call call) {
    return Call.storedId(call.path("userId"));
  }
}
