package io.growthbus.ingest.core;

import java.util.Set;
import java.util.UUID;

/** Events of which only the properties matter. */
public final class EventWith {
  private EventWith() {}

  /**
   * An event with these properties.
   *
   * @param json of an object; quotation marks may be single ones
   * @param names those that are not null
   */
  public static TelemetryEvent properties(String json, Set<String> names) {
    return new TelemetryEvent(
        0,
        new UUID(0, 1),
        "1.0.0",
        null,
        null,
        null,
        null,
        0,
        "e",
        json.replace('\'', '"'),
        names,
        null,
        1);
  }

  /** As {@link #properties(String, Set)}, with names of which nobody should ask. */
  public static TelemetryEvent properties(String json) {
    return properties(json, Set.of());
  }

  /** An event whose properties are no JSON: whoever reads their values fails. */
  public static TelemetryEvent unreadableProperties(String... names) {
    return properties("{", Set.of(names));
  }
}
