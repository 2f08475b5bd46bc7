package io.growthbus.edge;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.growthbus.edge.core.Credentials;
import io.growthbus.edge.core.Principal;
import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.edge.core.SegmentCall;
import io.growthbus.edge.core.SegmentCall.CallType;
import io.growthbus.edge.core.SegmentMapping;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.EventsRecorded;
import io.growthbus.shared.message.RecordEvents;
import io.growthbus.shared.message.RejectedEvent;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Segment's HTTP API: its clients work with no more than another host. Calls become events and go
 * to the room as one batch; the answer is given after the commit and names what was refused.
 */
final class SegmentRoutes {
  private static final JsonFactory JSON = new JsonFactory();

  /** Bytes of a batch to begin with; it grows. */
  private static final int USUAL_BYTES = 8 * 1024;

  private static final String TYPES = "It must be track, identify, page, screen, group or alias.";

  private final Api api;
  private final Bus bus;
  private final EdgeSettings settings;
  private final InstantSource clock;

  SegmentRoutes(Api api, Bus bus, EdgeSettings settings, InstantSource clock) {
    this.api = api;
    this.bus = bus;
    this.settings = settings;
    this.clock = clock;
  }

  void mount(Router router) {
    for (CallType type : CallType.values()) {
      router.post("/v1/" + type.word()).handler(ctx -> take(ctx, type));
      router.post("/v1/" + type.word().charAt(0)).handler(ctx -> take(ctx, type));
    }
    router.post("/v1/batch").handler(ctx -> take(ctx, null));
    router.post("/v1/b").handler(ctx -> take(ctx, null));
  }

  /**
   * @param type type of the only call; null for a batch
   */
  private void take(RoutingContext ctx, @Nullable CallType type) {
    BodyReader.read(ctx, settings.bodyBytes())
        .map(body -> BodyReader.inflate(body, settings.inflatedBytes()))
        .compose(body -> answer(ctx, type, body))
        .onSuccess(answer -> Api.write(ctx, answer))
        .onFailure(failure -> ProblemWriter.write(ctx, asSegmentSays(failure)));
  }

  /** Who calls comes first: a stranger is not told what is wrong with the body. */
  private Future<Answer> answer(RoutingContext ctx, @Nullable CallType type, byte[] body) {
    Future<SegmentBatch> read = read(type, body);
    return caller(ctx, read.result())
        .compose(principal -> Api.permitted(principal, Kind.BROWSER, Kind.USER, Kind.SERVER))
        .compose(
            principal ->
                read.compose(
                    batch ->
                        record(batch, type, principal, GlobalPrivacyControl.isSet(ctx.request()))));
  }

  private static Future<SegmentBatch> read(@Nullable CallType type, byte[] body) {
    try {
      return Future.succeededFuture(
          type == null ? SegmentReader.batch(body) : SegmentReader.single(body));
    } catch (RoomException e) {
      return Future.failedFuture(e);
    }
  }

  /** Headers first; a client in a page may carry its key in the body only. */
  private Future<Principal> caller(RoutingContext ctx, @Nullable SegmentBatch batch) {
    return api.identify(
        ctx,
        (authorization, apiKey, queryKey) -> {
          Credentials fromHeaders = Credentials.of(authorization, apiKey, queryKey);
          return authorization != null || batch == null
              ? fromHeaders
              : fromHeaders.withBody(batch.writeKey(), batch.userToken());
        });
  }

  private Future<Answer> record(
      SegmentBatch batch, @Nullable CallType type, Principal principal, boolean gpc) {
    long receivedAtMs = clock.millis();
    Long sentAtMs = batch.sentAtMs(receivedAtMs);
    SegmentMapping mapping = new SegmentMapping(type, sentAtMs, receivedAtMs, UUID::randomUUID);
    return bus.ask(
            Channels.RECORD_EVENTS,
            new RecordEvents(
                events(batch, sentAtMs, mapping),
                principal.userId(),
                principal.isServer(),
                receivedAtMs,
                gpc))
        .compose(
            recorded ->
                type == null || !isTooLarge(recorded)
                    ? Future.succeededFuture(Answer.ok(verdict(recorded, batch, mapping)))
                    : Future.failedFuture(eventTooLarge(recorded)));
  }

  private static byte[] events(
      SegmentBatch batch, @Nullable Long sentAtMs, SegmentMapping mapping) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(USUAL_BYTES);
    try (JsonGenerator out = JSON.createGenerator(bytes)) {
      out.writeStartObject();
      if (sentAtMs != null) {
        out.writeNumberField("sent_at", sentAtMs);
      }
      if (batch.consent() != null) {
        out.writeFieldName("consent");
        out.writeRawValue(batch.consent().json());
      }
      out.writeArrayFieldStart("batch");
      for (SegmentCall call : batch.calls()) {
        if (call == null) {
          out.writeNull();
        } else {
          out.writeStartObject();
          for (Map.Entry<String, String> field : mapping.event(call).entrySet()) {
            out.writeFieldName(field.getKey());
            out.writeRawValue(field.getValue());
          }
          out.writeEndObject();
        }
      }
      out.writeEndArray();
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("memory takes every byte", e);
    }
    return bytes.toByteArray();
  }

  /** The verdict of the ingest, its pointers turned into those of the calls. */
  private static JsonObject verdict(
      EventsRecorded recorded, SegmentBatch batch, SegmentMapping mapping) {
    JsonObject verdict = TelemetryRoutes.verdict(recorded);
    for (Object each : verdict.getJsonArray("rejected")) {
      JsonObject rejected = (JsonObject) each;
      int index = rejected.getInteger("index");
      SegmentCall call = index < batch.calls().size() ? batch.calls().get(index) : null;
      String pointer = mapping.pointer(call, rejected.getString("pointer"));
      rejected.put("pointer", pointer);
      if (pointer.equals("/type")) {
        rejected.put("code", "unknown_type").put("message", TYPES);
      }
    }
    return new JsonObject().put("success", true).mergeIn(verdict);
  }

  private static boolean isTooLarge(EventsRecorded recorded) {
    return recorded.rejected().size() == 1
        && recorded.rejected().get(0).code().equals("event_too_large");
  }

  private static RoomException eventTooLarge(EventsRecorded recorded) {
    RejectedEvent only = recorded.rejected().get(0);
    return new RoomException(ErrorKind.INVALID, only.code(), only.message());
  }

  /** Segment says 400 for everything that is wrong with a body, and its clients know that. */
  private static Throwable asSegmentSays(Throwable failure) {
    return failure instanceof RoomException refusal
            && (refusal.kind() == ErrorKind.TOO_LARGE || refusal.kind() == ErrorKind.UNSUPPORTED)
        ? new RoomException(ErrorKind.INVALID, refusal.code(), refusal.text())
        : failure;
  }
}
