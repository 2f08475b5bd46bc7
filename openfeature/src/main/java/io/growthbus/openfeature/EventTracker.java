package io.growthbus.openfeature;

import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.TrackingEventDetails;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.message.EventsRecorded;
import io.growthbus.shared.message.RecordEvents;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends tracked events to telemetry, without waiting. An event whose answer does not come is not
 * sent again.
 */
final class EventTracker {
  private static final Logger LOG = LoggerFactory.getLogger(EventTracker.class);

  /** More than that is not kept waiting: telemetry is slower than it is fed, or away. */
  private static final int MOST_UNDER_WAY = 1_000;

  private static final String VERSION = "1.0.0";

  private final Bus bus;
  private final InstantSource clock;
  private final Map<UUID, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();

  EventTracker(Bus bus, InstantSource clock) {
    this.bus = bus;
    this.clock = clock;
  }

  /** Sends an event; its user is the targeting key. */
  void track(
      String name, @Nullable EvaluationContext context, @Nullable TrackingEventDetails details) {
    if (underWay.size() >= MOST_UNDER_WAY) {
      LOG.warn("a tracked event was dropped: {} others wait for telemetry", MOST_UNDER_WAY);
      return;
    }
    UUID id = UUID.randomUUID();
    CompletableFuture<Void> sent = new CompletableFuture<>();
    underWay.put(id, sent);
    long now = clock.millis();
    byte[] body = body(event(id, now, name, context, details));
    bus.ask(Channels.RECORD_EVENTS, new RecordEvents(body, null, true, now))
        .onSuccess(EventTracker::note)
        .onFailure(e -> LOG.warn("a tracked event was not stored: {}", e.getMessage()))
        .onComplete(
            done -> {
              underWay.remove(id);
              sent.complete(null);
            });
  }

  /** Completes when every event that is under way now is stored or lost. */
  CompletableFuture<Void> flush() {
    return CompletableFuture.allOf(underWay.values().toArray(CompletableFuture<?>[]::new));
  }

  private static void note(EventsRecorded answer) {
    answer
        .rejected()
        .forEach(event -> LOG.warn("a tracked event was refused: {}", event.message()));
  }

  private static byte[] body(JsonObject event) {
    return new JsonObject().put("batch", new JsonArray().add(event)).toBuffer().getBytes();
  }

  private static JsonObject event(
      UUID id,
      long now,
      String name,
      @Nullable EvaluationContext context,
      @Nullable TrackingEventDetails details) {
    return new JsonObject()
        .put("event_id", id.toString())
        .put("schema_version", VERSION)
        .put("user_id", Question.of(context).userId())
        .put("timestamp", now)
        .put("name", name)
        .put("properties", properties(details));
  }

  private static JsonObject properties(@Nullable TrackingEventDetails details) {
    if (details == null) {
      return new JsonObject();
    }
    Map<String, Object> properties = Question.plain(details);
    details.getValue().ifPresent(value -> properties.put("value", value));
    return new JsonObject(properties);
  }
}
