package io.growthbus.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import io.growthbus.ingest.core.ConsentStatement;
import io.growthbus.ingest.core.ConsentStatement.State;
import io.growthbus.ingest.core.Limits;
import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.core.privacy.Marker;
import io.growthbus.ingest.core.privacy.PrivacyRules;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.CharBuffer;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Copies an event that is refused without what is personal or secret, whatever it holds and
 * wherever.
 *
 * <p>The rules are those of events that are stored, applied to every text and number: of fields of
 * the wrong type, of fields that nobody knows, at any depth. Ids are kept as sent, as they are in
 * stored events, but only where an id belongs and once; what stands there and cannot be one is
 * hidden, so that whoever erases an id finds it in its column or nowhere. Takes time in proportion
 * to the event; of one that is too large only to its head.
 */
final class RawEvent {
  /** Characters that are kept of an event that is too large, about. */
  static final int HEAD = 2_048;

  private static final String CUT = "[cut]";
  private static final Set<String> IDS =
      Set.of("user_id", "account_id", "anonymous_id", "message_id");
  private static final Set<String> KNOWN =
      Set.of("event_id", "name", "schema_version", "timestamp", "consent", "properties");
  private static final JsonFactory JSON =
      new JsonFactoryBuilder()
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .build())
          .streamWriteConstraints(
              StreamWriteConstraints.builder().maxNestingDepth(Integer.MAX_VALUE).build())
          .build();

  private final JsonParser parser;
  private final JsonGenerator out;
  private final PrivacyRules privacy;
  private final ScrubbedTokens scrubbed;
  private final @Nullable Set<String> allowed;
  private final int mostChars;
  private final Set<String> ids = new HashSet<>();
  private @Nullable String userId;
  private boolean object;
  private String field = "";
  private int depth;
  private int written;

  private RawEvent(
      JsonParser parser,
      JsonGenerator out,
      PrivacyRules privacy,
      @Nullable Set<String> allowed,
      int mostChars) {
    this.parser = parser;
    this.out = out;
    this.privacy = privacy;
    this.scrubbed = new ScrubbedTokens(parser, privacy, out, true);
    this.allowed = allowed;
    this.mostChars = mostChars;
  }

  /**
   * A copy.
   *
   * @param userId the user id that is in it, if any
   */
  record Copy(String json, @Nullable String userId) {}

  /**
   * Copies.
   *
   * @param text the event, well-formed JSON of any kind
   * @param name its name, where that is legible
   * @param whole false: only its head
   */
  static Copy of(CharBuffer text, @Nullable String name, boolean whole, PrivacyRules privacy)
      throws IOException {
    Set<String> allowed = privacy.allowed(name == null ? "" : name).orElse(null);
    StringWriter copy = new StringWriter();
    try (JsonParser parser =
            JSON.createParser(
                text.array(), text.arrayOffset() + text.position(), text.remaining());
        JsonGenerator out = JSON.createGenerator(copy)) {
      RawEvent event =
          new RawEvent(parser, out, privacy, allowed, whole ? Integer.MAX_VALUE : HEAD);
      event.copy();
      out.close();
      return new Copy(copy.toString(), event.userId);
    }
  }

  /** A well-formed event, as it would be stored, as JSON text of the form in which it is sent. */
  static String of(TelemetryEvent event, PrivacyRules privacy) throws IOException {
    StringWriter copy = new StringWriter(event.bytes() + 64);
    try (JsonGenerator out = JSON.createGenerator(copy)) {
      out.writeStartObject();
      out.writeStringField("event_id", event.eventId().toString());
      out.writeStringField("schema_version", event.schemaVersion());
      text(out, "user_id", event.userId());
      text(out, "account_id", event.accountId());
      text(out, "anonymous_id", event.anonymousId());
      text(out, "message_id", event.messageId());
      char[] time = Long.toString(event.timestampMs()).toCharArray();
      if (privacy.isCard(time, 0, time.length)) {
        out.writeStringField("timestamp", Marker.CARD.text());
      } else {
        out.writeNumberField("timestamp", event.timestampMs());
      }
      out.writeStringField("name", event.name());
      if (event.consent() != null) {
        consent(out, event.consent());
      }
      out.writeFieldName("properties");
      out.writeRawValue(event.propertiesJson());
      out.writeEndObject();
    }
    return copy.toString();
  }

  private static void text(JsonGenerator out, String field, @Nullable String value)
      throws IOException {
    if (value != null) {
      out.writeStringField(field, value);
    }
  }

  private static void consent(JsonGenerator out, ConsentStatement consent) throws IOException {
    out.writeObjectFieldStart("consent");
    for (Map.Entry<String, State> purpose : consent.purposes().entrySet()) {
      if (purpose.getValue() == State.PENDING) {
        out.writeNullField(purpose.getKey());
      } else {
        out.writeBooleanField(purpose.getKey(), purpose.getValue() == State.GRANTED);
      }
    }
    out.writeEndObject();
  }

  private void copy() throws IOException {
    JsonToken token = parser.nextToken();
    object = token == JsonToken.START_OBJECT;
    // What is open then is closed by the generator, wherever the copy stops.
    for (; token != null && written < mostChars; token = parser.nextToken()) {
      if (token.isStructStart()) {
        depth++;
      }
      if (token == JsonToken.FIELD_NAME) {
        key(parser.currentName());
      } else {
        value(token);
      }
      if (parser.currentToken().isStructEnd()) {
        scrubbed.leave(depth--);
      }
    }
  }

  private void key(String key) throws IOException {
    boolean top = object && depth == 1;
    if (top) {
      field = key;
    }
    if (top && IDS.contains(key)) {
      out.writeFieldName(key);
      parser.nextToken();
      id(key);
    } else if (allowed != null && isLeftOut(key, top, allowed)) {
      parser.nextToken();
      parser.skipChildren();
    } else {
      boolean known = top && KNOWN.contains(key);
      String kept = known ? key : isTooLong(key.length()) ? CUT : privacy.key(key);
      written += kept.length() + 4;
      scrubbed.writeKey(kept);
    }
  }

  /** What no contract names, where only that may be kept. */
  private boolean isLeftOut(String key, boolean top, Set<String> named) {
    return top
        ? !KNOWN.contains(key)
        : depth == 2 && field.equals("properties") && !named.contains(key);
  }

  private void value(JsonToken token) throws IOException {
    int length = token.isScalarValue() ? parser.getTextLength() : 1;
    boolean top = object && depth == 1 && token.isScalarValue();
    String typed = top && token == JsonToken.VALUE_STRING ? typed(length) : null;
    written += Math.min(length, mostChars) + 1;
    if (typed != null) {
      out.writeString(typed);
    } else if (isTooLong(length) && !scrubbed.isHiding()) {
      out.writeString(CUT);
    } else if (allowed != null && isOfAnotherType(token)) {
      out.writeString(Marker.REDACTED.text());
      parser.skipChildren();
    } else {
      scrubbed.writeValue(token, depth);
    }
  }

  private boolean isTooLong(int length) {
    return mostChars == HEAD && length > HEAD;
  }

  /** The text of a field that has a form of its own, if it has that form. */
  private @Nullable String typed(int length) throws IOException {
    if (length > Limits.KEY) {
      return null;
    }
    String text = parser.getText();
    return switch (field) {
      case "event_id" -> Limits.isUuid(text) ? text : null;
      case "name" -> Limits.isName(text) ? privacy.name(text) : null;
      case "schema_version" -> Limits.isVersion(text) ? privacy.version(text) : null;
      default -> null;
    };
  }

  /** Where a contract says what may be kept: a whole that is not what the contract speaks of. */
  private boolean isOfAnotherType(JsonToken token) {
    if (!object) {
      return depth == (token.isStructStart() ? 1 : 0);
    }
    boolean value = depth == (token.isStructStart() ? 2 : 1) && !token.isStructEnd();
    return switch (field) {
      case "properties" ->
          value && token != JsonToken.START_OBJECT && token != JsonToken.VALUE_NULL;
      case "consent" -> value && token == JsonToken.START_ARRAY;
      default -> value && token.isStructStart() && depth == 2;
    };
  }

  private void id(String field) throws IOException {
    JsonToken token = parser.currentToken();
    int most = field.equals("message_id") ? Limits.MESSAGE_ID : Limits.ID;
    String id = id(token, most);
    boolean first = ids.add(field);
    if (token == JsonToken.VALUE_NULL || token.isBoolean()) {
      out.copyCurrentEventExact(parser);
    } else if (id == null || !first) {
      out.writeString(Marker.REDACTED.text());
      parser.skipChildren();
    } else {
      out.copyCurrentEventExact(parser);
      if (field.equals("user_id")) {
        userId = id;
      }
    }
    written += field.length() + 8 + (id == null ? 0 : id.length());
  }

  /** What stands here, if it can be an id: a text, or a number that should have been one. */
  private @Nullable String id(JsonToken token, int most) throws IOException {
    boolean fits = token.isScalarValue() && parser.getTextLength() <= most;
    if (token == JsonToken.VALUE_STRING && fits && parser.getTextLength() > 0) {
      return Optional.of(parser.getText()).filter(Limits::isStorable).orElse(null);
    }
    return token == JsonToken.VALUE_NUMBER_INT && fits ? parser.getText() : null;
  }
}
