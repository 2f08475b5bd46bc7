package io.growthbus.ingest.store;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.growthbus.ingest.core.ConsentStatement.State;
import io.growthbus.ingest.core.IdentityClaim.IllegalId;
import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.core.schema.Violation;
import io.growthbus.ingest.store.EventStore.NewEvent;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** What is stored of an event as JSON beside its properties; null where there is nothing. */
final class JsonColumns {
  private JsonColumns() {}

  /** What was said about consent, by purpose. */
  static @Nullable String consent(TelemetryEvent event) {
    if (event.consent() == null || event.consent().isEmpty()) {
      return null;
    }
    JsonObject consent = new JsonObject();
    event
        .consent()
        .purposes()
        .forEach(
            (purpose, state) ->
                consent.put(purpose, state == State.PENDING ? null : state == State.GRANTED));
    return consent.encode();
  }

  /** Notes about an event, those that the database adds aside. */
  static @Nullable String annotations(NewEvent event) {
    StringBuilder notes = new StringBuilder();
    for (Violation violation : event.annotations()) {
      note(notes, violation.kind().code(), violation.pointer());
    }
    if (event.identity() instanceof IllegalId illegal) {
      note(notes, "illegal_id", illegal.pointer());
    }
    return notes.isEmpty() ? null : notes.append(']').toString();
  }

  private static void note(StringBuilder notes, String code, String pointer) {
    notes.append(notes.isEmpty() ? '[' : ',').append("{\"code\":\"").append(code);
    JsonStringEncoder.getInstance().quoteAsString(pointer, notes.append("\",\"pointer\":\""));
    notes.append("\"}");
  }
}
