package io.growthbus.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.growthbus.ingest.core.IdentityRules;
import io.growthbus.ingest.core.TelemetryEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Finds the previous id in the properties of an {@code $alias}. */
final class PreviousId {
  private static final JsonFactory JSON = new JsonFactory();

  private PreviousId() {}

  /** The id, or null for an event of another name or without one. */
  static @Nullable String of(TelemetryEvent event) {
    if (!event.name().equals(IdentityRules.ALIAS)) {
      return null;
    }
    try (JsonParser parser = JSON.createParser(event.propertiesJson())) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean wanted = parser.currentName().equals(IdentityRules.PREVIOUS_ID);
        if (parser.nextToken() == JsonToken.VALUE_STRING && wanted) {
          return parser.getText();
        }
        parser.skipChildren();
      }
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException("a decoded event holds properties that are not JSON", e);
    }
  }
}
