package io.growthbus.edge;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.growthbus.edge.core.SegmentCall;
import io.growthbus.edge.core.SegmentCall.Kind;
import io.growthbus.edge.core.SegmentCall.Value;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.LoneSurrogates;
import io.growthbus.shared.domain.RoomException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a body of Segment's API, token by token. Values are kept as the JSON that was sent (but
 * half of a surrogate pair is void, as {@link LoneSurrogates} says), and what has no meaning here
 * is passed over; only a body that is broken as a whole is refused.
 *
 * <p>The bytes are decoded first and parsed as characters, which needs no table of names: such a
 * table outlives the body, and senders invent names of any number and length.
 */
final class SegmentReader {
  /** Calls in a batch. */
  static final int MOST_CALLS = 500;

  private static final char BYTE_ORDER_MARK = '\uFEFF';

  /**
   * Fields of a call that are kept: those that {@link io.growthbus.edge.core.SegmentMapping} asks
   * for.
   */
  private static final Set<String> FIELDS =
      Set.of(
          "type",
          "messageId",
          "timestamp",
          "originalTimestamp",
          "sentAt",
          "userId",
          "anonymousId",
          "previousId",
          "groupId",
          "event",
          "name",
          "category",
          "properties",
          "traits");

  /** Wide: what is passed over is never converted, and the room has limits for the rest. */
  private static final JsonFactory JSON =
      new JsonFactoryBuilder()
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(32 * 1024)
                  .maxNameLength(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private final JsonParser parser;
  private final CharBuffer text;
  private final List<@Nullable SegmentCall> calls = new ArrayList<>();
  private @Nullable String writeKey;
  private @Nullable String userToken;
  private @Nullable Value sentAt;
  private final Map<String, Value> beside = new HashMap<>();

  private SegmentReader(JsonParser parser, CharBuffer text) {
    this.parser = parser;
    this.text = text;
  }

  /**
   * Reads {@code {"batch":[…]}}.
   *
   * @throws RoomException {@code invalid_envelope}, {@code too_many_events}
   */
  static SegmentBatch batch(byte[] body) {
    return read(body, SegmentReader::readEnvelope);
  }

  /**
   * Reads a single call.
   *
   * @throws RoomException {@code invalid_envelope}
   */
  static SegmentBatch single(byte[] body) {
    return read(body, reader -> reader.calls.add(reader.readCall(true)));
  }

  private interface Content {
    void readBy(SegmentReader reader) throws IOException;
  }

  private static SegmentBatch read(byte[] body, Content content) {
    CharBuffer text = characters(body);
    try (JsonParser parser = JSON.createParser(text.array(), text.arrayOffset(), text.length())) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw envelope("is no JSON object");
      }
      SegmentReader reader = new SegmentReader(parser, text);
      content.readBy(reader);
      if (parser.nextToken() != null) {
        throw envelope("goes on after its end");
      }
      return new SegmentBatch(
          reader.writeKey,
          reader.userToken,
          reader.sentAt,
          reader.beside.get("context.consent"),
          reader.calls);
    } catch (IOException e) {
      throw envelope("is not valid JSON");
    }
  }

  private static CharBuffer characters(byte[] body) {
    try {
      CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body));
      LoneSurrogates.voidIn(text.array(), text.arrayOffset(), text.arrayOffset() + text.length());
      boolean marked = text.length() > 0 && text.charAt(0) == BYTE_ORDER_MARK;
      return marked ? text.position(1).slice() : text;
    } catch (CharacterCodingException e) {
      throw envelope("is not UTF-8");
    }
  }

  private void readEnvelope() throws IOException {
    boolean found = false;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      JsonToken token = parser.nextToken();
      if (field.equals("context")) {
        readContext(token, beside);
      } else if (!field.equals("batch")) {
        readSender(field, token);
      } else if (found || token != JsonToken.START_ARRAY) {
        throw envelope(found ? "holds \"batch\" twice" : "holds a \"batch\" that is no array");
      } else {
        found = true;
        readCalls();
      }
    }
    if (!found) {
      throw envelope("holds no \"batch\"; send {\"batch\":[…]}");
    }
  }

  private void readSender(String field, JsonToken token) throws IOException {
    switch (field) {
      case "sentAt" -> sentAt = token == JsonToken.VALUE_NULL ? null : value(token);
      case "writeKey" -> writeKey = token == JsonToken.VALUE_STRING ? parser.getText() : null;
      case "userToken" -> userToken = token == JsonToken.VALUE_STRING ? parser.getText() : null;
      default -> parser.skipChildren();
    }
  }

  private void readCalls() throws IOException {
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      if (calls.size() == MOST_CALLS) {
        throw new RoomException(
            ErrorKind.INVALID,
            "too_many_events",
            "A batch may hold " + MOST_CALLS + " events; send several.");
      }
      if (token == JsonToken.START_OBJECT) {
        calls.add(readCall(false));
      } else {
        parser.skipChildren();
        calls.add(null);
      }
    }
  }

  /**
   * @param alone whether the call is the whole body, so that it carries the sender's credentials
   */
  private SegmentCall readCall(boolean alone) throws IOException {
    Map<String, Value> fields = new HashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      JsonToken token = parser.nextToken();
      if (field.equals("context")) {
        readContext(token, fields);
      } else if (FIELDS.contains(field)) {
        put(field, token, fields);
      } else if (alone) {
        readSender(field, token);
      } else {
        parser.skipChildren();
      }
    }
    return new SegmentCall(fields);
  }

  private void readContext(JsonToken token, Map<String, Value> fields) throws IOException {
    if (token != JsonToken.START_OBJECT) {
      parser.skipChildren();
      return;
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      JsonToken inner = parser.nextToken();
      if (field.equals("groupId")) {
        put("context.groupId", inner, fields);
      } else if (field.equals("consent") && inner == JsonToken.START_OBJECT) {
        readConsent(fields);
      } else {
        parser.skipChildren();
      }
    }
  }

  private void readConsent(Map<String, Value> fields) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      boolean preferences = parser.currentName().equals("categoryPreferences");
      JsonToken token = parser.nextToken();
      if (preferences) {
        put("context.consent", token, fields);
      } else {
        parser.skipChildren();
      }
    }
  }

  private void put(String field, JsonToken token, Map<String, Value> fields) throws IOException {
    if (token == JsonToken.VALUE_NULL) {
      fields.remove(field);
    } else {
      fields.put(field, value(token));
    }
  }

  /** The value at which the parser stands; it stands at its end afterwards. */
  private Value value(JsonToken token) throws IOException {
    int begin = (int) parser.currentTokenLocation().getCharOffset();
    return switch (token) {
      case VALUE_STRING -> {
        String string = parser.getText();
        yield new Value(Kind.TEXT, from(begin), string, List.of());
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
          new Value(Kind.NUMBER, parser.getText(), parser.getText(), List.of());
      case START_OBJECT -> {
        List<String> names = new ArrayList<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          names.add(parser.currentName());
          parser.nextToken();
          parser.skipChildren();
        }
        yield new Value(Kind.OBJECT, from(begin), "", names);
      }
      case START_ARRAY -> {
        parser.skipChildren();
        yield new Value(Kind.OTHER, from(begin), "", List.of());
      }
      default -> new Value(Kind.OTHER, parser.getText(), "", List.of());
    };
  }

  private String from(int begin) {
    return text.subSequence(begin, (int) parser.currentLocation().getCharOffset()).toString();
  }

  private static RoomException envelope(String what) {
    return new RoomException(ErrorKind.INVALID, "invalid_envelope", "The body " + what + ".");
  }
}
