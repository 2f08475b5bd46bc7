package io.growthbus.edge;

import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.ListQuarantine;
import io.growthbus.shared.message.ListQuarantineGroups;
import io.growthbus.shared.message.QuarantineGroup;
import io.growthbus.shared.message.QuarantineReplayed;
import io.growthbus.shared.message.QuarantineSelector;
import io.growthbus.shared.message.QuarantinedEvent;
import io.growthbus.shared.message.ReplayQuarantine;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.time.InstantSource;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Routes of the quarantine: what was refused and why, and its replay after a fix. */
final class QuarantineRoutes {
  private static final int MOST_ITEMS = 1_000;
  private static final int MOST_REPLAYED = 10_000;
  private static final int LONGEST = 1_000;
  private static final Set<String> QUERY =
      Set.of("event", "code", "pointer", "items", "limit", "cursor", "key");

  private final Api api;
  private final Bus bus;
  private final InstantSource clock;

  QuarantineRoutes(Api api, Bus bus, InstantSource clock) {
    this.api = api;
    this.bus = bus;
    this.clock = clock;
  }

  void mount(Router router) {
    Api.reading(router, "/api/admin/quarantine").handler(api.route(this::list, Kind.OPERATOR));
    router.post("/api/admin/quarantine/replay").handler(api.route(this::replay, Kind.OPERATOR));
  }

  private Future<Answer> list(Call call) {
    if (!QUERY.containsAll(call.ctx().queryParams().names())) {
      throw new RoomException(
          ErrorKind.INVALID,
          "unknown_parameter",
          "The query may hold only: event, code, pointer, items, limit, cursor.");
    }
    String event = call.text("event", LONGEST).orElse(null);
    String code = call.text("code", LONGEST).orElse(null);
    String pointer = call.text("pointer", LONGEST).orElse(null);
    String cursor = call.text("cursor", LONGEST).orElse(null);
    int limit = call.limit(MOST_ITEMS);
    if (event == null && code == null && pointer == null && !items(call)) {
      return bus.ask(Channels.LIST_QUARANTINE_GROUPS, new ListQuarantineGroups(limit, cursor))
          .map(
              page -> {
                JsonArray groups = new JsonArray();
                page.items().forEach(group -> groups.add(item(group)));
                return Answer.ok(new JsonObject().put("items", groups).put("next", page.next()));
              });
    }
    QuarantineSelector selector = new QuarantineSelector(event, code, pointer, null);
    return bus.ask(Channels.LIST_QUARANTINE, new ListQuarantine(selector, limit, cursor))
        .map(
            page -> {
              JsonArray events = new JsonArray();
              page.items().forEach(kept -> events.add(item(kept)));
              return Answer.ok(new JsonObject().put("items", events).put("next", page.next()));
            });
  }

  private static boolean items(Call call) {
    return switch (call.query("items").orElse("false")) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new RoomException(
              ErrorKind.INVALID, "invalid_parameter", "\"items\" must be true or false.");
    };
  }

  private Future<Answer> replay(Call call) {
    JsonBody body =
        JsonBody.of(
            call.body(), Set.of("event", "code", "pointer", "ids", "limit", "after", "dry_run"));
    QuarantineSelector selector =
        new QuarantineSelector(
            selected(body, "event"),
            selected(body, "code"),
            selected(body, "pointer"),
            body.numbers("ids", MOST_ITEMS).orElse(null));
    if (selector.equals(new QuarantineSelector(null, null, null, null))) {
      throw new RoomException(
          ErrorKind.INVALID,
          "invalid_selector",
          "Name what to replay: event, code, pointer or ids.");
    }
    return bus.ask(
            Channels.REPLAY_QUARANTINE,
            new ReplayQuarantine(
                selector,
                (int) body.number("limit", MOST_ITEMS, 1, MOST_REPLAYED),
                body.number("after", 0, 0, Long.MAX_VALUE),
                body.flag("dry_run"),
                clock.millis()))
        .map(replayed -> Answer.ok(item(replayed)));
  }

  private static @Nullable String selected(JsonBody body, String field) {
    String text = body.optionalText(field, LONGEST).orElse(null);
    if (text != null && text.indexOf('\0') >= 0) {
      throw new RoomException(
          ErrorKind.INVALID, "invalid_field", "\"" + field + "\" must not hold NUL.");
    }
    return text;
  }

  private static JsonObject item(QuarantineGroup group) {
    return new JsonObject()
        .put("event", group.event())
        .put("code", group.code())
        .put("pointer", group.pointer())
        .put("schema_version", group.schemaVersion())
        .put("count", group.count())
        .put("kept", group.kept())
        .put("not_kept", group.notKept())
        .put("first_seen", group.firstSeenMs())
        .put("last_seen", group.lastSeenMs())
        .put("sample", group.sample());
  }

  private static JsonObject item(QuarantinedEvent kept) {
    return new JsonObject()
        .put("id", kept.id())
        .put("event", kept.event())
        .put("event_id", kept.eventId())
        .put("user_id", kept.userId())
        .put("schema_version", kept.schemaVersion())
        .put("code", kept.code())
        .put("pointer", kept.pointer())
        .put("message", kept.message())
        .put("received_at", kept.receivedAtMs())
        .put("first_seen", kept.firstSeenMs())
        .put("last_seen", kept.lastSeenMs())
        .put("count", kept.count())
        .put("replayable", kept.replayable())
        .put("content", kept.content());
  }

  private static JsonObject item(QuarantineReplayed replayed) {
    JsonArray refused = new JsonArray();
    replayed
        .stillRefused()
        .forEach(
            event ->
                refused.add(
                    new JsonObject()
                        .put("id", event.id())
                        .put("code", event.code())
                        .put("pointer", event.pointer())));
    return new JsonObject()
        .put("replayed", replayed.replayed())
        .put("duplicates", replayed.duplicates())
        .put("consent_dropped", replayed.consentDropped())
        .put("refused", replayed.refused())
        .put("still_refused", refused)
        .put("remaining", replayed.remaining())
        .put("next", replayed.next());
  }
}
