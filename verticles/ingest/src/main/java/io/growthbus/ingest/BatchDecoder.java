package io.growthbus.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.growthbus.ingest.core.ConsentStatement;
import io.growthbus.ingest.core.Limits;
import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.core.privacy.PrivacyRules;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.LoneSurrogates;
import io.growthbus.shared.domain.RoomException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a batch from JSON, token by token: {@code {"batch":[…]}} or the bare array. What is said
 * about consent beside the batch holds for each of its events.
 *
 * <p>Broken JSON makes the whole body unusable. A well-formed value of the wrong type or size makes
 * one event unusable; its neighbours are not touched. Fields that are not known are passed over,
 * and so is a {@code sent_at} that is no number.
 *
 * <p>The bytes are decoded first and parsed as characters, which needs no table of names: such a
 * table outlives the body, and senders invent names of any number and length.
 */
final class BatchDecoder {
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  /**
   * The parser's own limits would refuse the whole body, so they are wider than those of an event,
   * which refuse the event. What is passed over is never converted, however long it is; what is
   * nested deeper does not fit into an event.
   */
  private static final JsonFactory JSON =
      new JsonFactoryBuilder()
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(Limits.EVENT_BYTES)
                  .maxNameLength(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private final JsonParser parser;
  private final CharBuffer text;
  private final PrivacyRules privacy;
  private final List<TelemetryEvent> events = new ArrayList<>();
  private final List<MalformedEvent> malformed = new ArrayList<>();
  private int droppedProperties;
  private @Nullable Long sentAtMs;
  private ConsentStatement consent = ConsentStatement.NONE;

  private BatchDecoder(JsonParser parser, CharBuffer text, PrivacyRules privacy) {
    this.parser = parser;
    this.text = text;
    this.privacy = privacy;
  }

  /**
   * Decodes a body.
   *
   * @param privacy what is left out of the events
   * @throws RoomException {@code invalid_envelope} when it is not JSON or holds no batch, {@code
   *     too_many_events}
   */
  static DecodedBatch decode(byte[] body, PrivacyRules privacy) {
    CharBuffer text = characters(body);
    try (JsonParser parser = JSON.createParser(text.array(), text.arrayOffset(), text.length())) {
      return new BatchDecoder(parser, text, privacy).read();
    } catch (IOException e) {
      throw envelope("is not valid JSON");
    }
  }

  private DecodedBatch read() throws IOException {
    JsonToken first = parser.nextToken();
    boolean found = false;
    if (first == JsonToken.START_ARRAY) {
      readArray();
      found = true;
    } else if (first == JsonToken.START_OBJECT) {
      found = readEnvelope();
    }
    if (!found) {
      throw envelope("holds no array of events; send {\"batch\":[…]} or a bare array");
    }
    if (parser.nextToken() != null) {
      throw envelope("goes on after its end");
    }
    return new DecodedBatch(
        consent.isEmpty()
            ? List.copyOf(events)
            : events.stream().map(event -> event.under(consent)).toList(),
        consent.isEmpty()
            ? List.copyOf(malformed)
            : malformed.stream().map(event -> event.under(consent)).toList(),
        sentAtMs,
        droppedProperties);
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

  /** Whether there was a batch. */
  private boolean readEnvelope() throws IOException {
    boolean named = false;
    boolean found = false;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      boolean batch = field.equals("batch");
      if (batch && named) {
        throw envelope("holds \"batch\" twice");
      }
      named |= batch;
      if (parser.nextToken() == JsonToken.START_ARRAY && batch) {
        readArray();
        found = true;
      } else {
        if (field.equals("sent_at")) {
          sentAtMs = FieldForms.milliseconds(parser);
        } else if (field.equals("consent")) {
          readConsent();
        }
        parser.skipChildren();
      }
    }
    return found;
  }

  /** It holds for every event, so one that cannot be understood makes all of them unusable. */
  private void readConsent() throws IOException {
    ConsentReader read = ConsentReader.read(parser, privacy);
    if (read.problem().isPresent()) {
      throw new RoomException(
          ErrorKind.INVALID,
          "invalid_envelope",
          "The consent beside the batch is wrong: " + read.problem().get().message(),
          read.problem().get().pointer());
    }
    consent = consent.and(read.statement());
  }

  private void readArray() throws IOException {
    int index = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (index == Limits.EVENTS) {
        throw new RoomException(
            ErrorKind.TOO_LARGE,
            "too_many_events",
            "A batch may hold " + Limits.EVENTS + " events; send several.");
      }
      EventReader reader = new EventReader(parser, text, privacy, index++);
      reader.read(events, malformed);
      droppedProperties += reader.droppedProperties();
    }
  }

  private static RoomException envelope(String what) {
    return new RoomException(ErrorKind.INVALID, "invalid_envelope", "The body " + what + ".");
  }
}
