package io.growthbus.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.growthbus.ingest.core.Limits;
import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.RejectedEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a batch from JSON, token by token: {@code {"batch":[…]}} or the bare array.
 *
 * <p>Broken JSON makes the whole body unusable. A well-formed value of the wrong type or size makes
 * one event unusable; its neighbours are not touched. Fields that are not known are passed over.
 */
final class BatchDecoder {
  private static final JsonFactory JSON =
      new JsonFactoryBuilder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(200)
                  .maxNameLength(64 * 1024)
                  .maxNumberLength(1_000)
                  .build())
          .build();

  private BatchDecoder() {}

  /**
   * Decodes a body.
   *
   * @throws RoomException {@code invalid_envelope} when it is not JSON or holds no batch, {@code
   *     too_many_events}
   */
  static DecodedBatch decode(byte[] body) {
    try (JsonParser parser = JSON.createParser(body)) {
      List<TelemetryEvent> events = new ArrayList<>();
      List<RejectedEvent> rejected = new ArrayList<>();
      JsonToken first = parser.nextToken();
      boolean found = false;
      if (first == JsonToken.START_ARRAY) {
        readArray(parser, events, rejected);
        found = true;
      } else if (first == JsonToken.START_OBJECT) {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          boolean batch = parser.currentName().equals("batch");
          if (batch && found) {
            throw envelope("holds \"batch\" twice");
          }
          JsonToken value = parser.nextToken();
          if (batch && value == JsonToken.START_ARRAY) {
            readArray(parser, events, rejected);
            found = true;
          } else {
            parser.skipChildren();
          }
        }
      }
      if (!found) {
        throw envelope("holds no array of events; send {\"batch\":[…]} or a bare array");
      }
      if (parser.nextToken() != null) {
        throw envelope("goes on after its end");
      }
      return new DecodedBatch(List.copyOf(events), List.copyOf(rejected));
    } catch (IOException e) {
      throw envelope("is not valid JSON");
    }
  }

  private static void readArray(
      JsonParser parser, List<TelemetryEvent> events, List<RejectedEvent> rejected)
      throws IOException {
    int index = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (index == Limits.EVENTS) {
        throw new RoomException(
            ErrorKind.TOO_LARGE,
            "too_many_events",
            "A batch may hold " + Limits.EVENTS + " events; send several.");
      }
      EventReader reader = new EventReader(parser, index++);
      reader.read(events, rejected);
    }
  }

  private static RoomException envelope(String what) {
    return new RoomException(ErrorKind.INVALID, "invalid_envelope", "The body " + what + ".");
  }
}
