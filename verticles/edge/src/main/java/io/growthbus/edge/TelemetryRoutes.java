package io.growthbus.edge;

import io.growthbus.edge.core.Credentials;
import io.growthbus.edge.core.Principal;
import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.message.EventPage;
import io.growthbus.shared.message.EventsRecorded;
import io.growthbus.shared.message.ListEvents;
import io.growthbus.shared.message.RecordEvents;
import io.growthbus.shared.message.RejectedEvent;
import io.growthbus.shared.message.StoredEvent;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Routes of telemetry: the ingest of batches and the operator's view of stored events. */
final class TelemetryRoutes {
  private static final int MOST_EVENTS = 1_000;
  private static final int LONGEST = 1_000;

  private final Api api;
  private final Bus bus;
  private final EdgeSettings settings;
  private final InstantSource clock;

  TelemetryRoutes(Api api, Bus bus, EdgeSettings settings, InstantSource clock) {
    this.api = api;
    this.bus = bus;
    this.settings = settings;
    this.clock = clock;
  }

  void mount(Router router) {
    router.post("/api/telemetry/ingest").handler(this::ingest);
    Api.reading(router, "/api/admin/events").handler(api.route(this::events, Kind.OPERATOR));
  }

  private void ingest(RoutingContext ctx) {
    BodyReader.read(ctx, settings.bodyBytes())
        .map(body -> BodyReader.inflate(body, settings.inflatedBytes()))
        .compose(
            body ->
                caller(ctx, body)
                    .compose(
                        principal -> Api.permitted(principal, Kind.BROWSER, Kind.USER, Kind.SERVER))
                    .compose(
                        principal ->
                            record(body, principal, GlobalPrivacyControl.isSet(ctx.request()))))
        .onSuccess(recorded -> Api.write(ctx, Answer.ok(verdict(recorded))))
        .onFailure(failure -> ProblemWriter.write(ctx, failure));
  }

  private Future<EventsRecorded> record(byte[] body, Principal principal, boolean gpc) {
    return bus.ask(
        Channels.RECORD_EVENTS,
        new RecordEvents(body, principal.userId(), principal.isServer(), clock.millis(), gpc));
  }

  /** Headers first; a beacon can set none and may carry its key and token in the body. */
  private Future<Principal> caller(RoutingContext ctx, byte[] body) {
    return api.identify(
        ctx,
        (authorization, apiKey, queryKey) -> {
          Credentials fromHeaders = Credentials.of(authorization, apiKey, queryKey);
          boolean complete = fromHeaders.userToken() != null || authorization != null;
          return complete || !mentions(body) ? fromHeaders : withBody(fromHeaders, body);
        });
  }

  private static boolean mentions(byte[] body) {
    String text = new String(body, StandardCharsets.ISO_8859_1);
    return text.contains("\"writeKey\"") || text.contains("\"userToken\"");
  }

  private static Credentials withBody(Credentials credentials, byte[] body) {
    try {
      JsonObject json = new JsonObject(Buffer.buffer(body));
      return credentials.withBody(
          json.getValue("writeKey") instanceof String key ? key : null,
          json.getValue("userToken") instanceof String token ? token : null);
    } catch (DecodeException | ClassCastException e) {
      // Not an object: the room says what is wrong with it.
      return credentials;
    }
  }

  /** What the sender of a batch is told. */
  static JsonObject verdict(EventsRecorded recorded) {
    JsonArray rejected = new JsonArray();
    for (RejectedEvent event : recorded.rejected()) {
      rejected.add(
          new JsonObject()
              .put("index", event.index())
              .put("event_id", event.eventId())
              .put("code", event.code())
              .put("message", event.message())
              .put("pointer", event.pointer()));
    }
    JsonObject verdict =
        new JsonObject()
            .put("accepted", recorded.accepted())
            .put("duplicates", recorded.duplicates())
            .put("rejected", rejected)
            .put("consent_dropped", recorded.consentDropped());
    return recorded.conflicts() == 0 ? verdict : verdict.put("conflicts", recorded.conflicts());
  }

  private Future<Answer> events(Call call) {
    return bus.ask(
            Channels.LIST_EVENTS,
            new ListEvents(
                call.text("user_id", LONGEST).orElse(null),
                call.text("name", LONGEST).orElse(null),
                call.limit(MOST_EVENTS),
                call.text("cursor", LONGEST).orElse(null)))
        .map(page -> Answer.ok(page(page)));
  }

  private static JsonObject page(EventPage page) {
    JsonArray items = new JsonArray();
    page.items().forEach(event -> items.add(item(event)));
    return new JsonObject().put("items", items).put("next", page.next());
  }

  private static JsonObject item(StoredEvent event) {
    JsonObject item =
        new JsonObject()
            .put("event_id", event.eventId())
            .put("name", event.name())
            .put("user_id", event.userId())
            .put("account_id", event.accountId())
            .put("anonymous_id", event.anonymousId())
            .put("schema_version", event.schemaVersion())
            .put("timestamp", event.timestampMs())
            .put("received_at", event.receivedAtMs())
            .put("verified", event.verified())
            .put("properties", new JsonObject(event.properties()))
            .put("consent", event.consent() == null ? null : consent(event.consent()))
            .put("gpc", event.gpc());
    if (event.messageId() != null) {
      item.put("message_id", event.messageId());
    }
    if (event.annotations() != null) {
      JsonArray notes = new JsonArray();
      event
          .annotations()
          .forEach(
              note ->
                  notes.add(
                      new JsonObject().put("code", note.code()).put("pointer", note.pointer())));
      item.put("annotations", notes);
    }
    return item;
  }

  private static JsonObject consent(Map<String, @Nullable Boolean> said) {
    JsonObject consent = new JsonObject();
    said.forEach(consent::put);
    return consent;
  }
}
