package io.growthbus.ingest;

import io.growthbus.ingest.core.privacy.PrivacyRules;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.settings.Problems;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** Events and batches as senders write them. */
final class EventJson {
  static final UUID ID = UUID.fromString("0190a8b2-7c3d-7e4f-8a5b-6c7d8e9fa0b1");
  static final long TIME_MS = 1_764_000_000_000L;

  private static final PrivacyRules FLOOR =
      PrivacyRules.of(GrowthConfigReader.read("{}", new Problems()));

  private EventJson() {}

  /** A good event with further fields, such as {@code "user_id":"u1"}. */
  static String event(String... fields) {
    return event(ID, fields);
  }

  /** A good event with an id of its own. */
  static String event(UUID id, String... fields) {
    String more = fields.length == 0 ? "" : "," + String.join(",", fields);
    return "{\"event_id\":\"%s\",\"name\":\"api_call\",\"timestamp\":%d%s}"
        .formatted(id, TIME_MS, more);
  }

  /** A good event with these properties, given as the JSON text of the object. */
  static String withProperties(String properties) {
    return event("\"properties\":" + properties);
  }

  /** The body {@code {"batch":[…]}} with these events. */
  static byte[] batch(String... events) {
    return utf8("{\"batch\":[" + String.join(",", events) + "]}");
  }

  /** Decodes a body as with an empty configuration. */
  static DecodedBatch decode(byte[] body) {
    return BatchDecoder.decode(body, FLOOR);
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
