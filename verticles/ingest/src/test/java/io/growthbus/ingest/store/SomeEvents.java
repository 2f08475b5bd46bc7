package io.growthbus.ingest.store;

import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.store.EventStore.NewEvent;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Events for the tests of what comes after decoding. */
public final class SomeEvents {
  public static final long TIME_MS = 1_764_000_000_000L;
  public static final int BYTES = 100;

  /** Properties that PostgreSQL refuses. */
  public static final String POISON = "{\"a\":\"\\u0000\"}";

  private SomeEvents() {}

  /** A verified event with an id of its own, named {@code clicked}. */
  public static NewEvent clicked(@Nullable String userId) {
    return event(UUID.randomUUID(), "clicked", userId, true);
  }

  public static NewEvent event(UUID id, String name, @Nullable String userId, boolean verified) {
    return event(id, name, userId, verified, "{}", TIME_MS);
  }

  /** An event that no PostgreSQL stores. */
  public static NewEvent poison(UUID id) {
    return event(id, "clicked", "u1", true, POISON, TIME_MS);
  }

  public static NewEvent event(
      UUID id,
      String name,
      @Nullable String userId,
      boolean verified,
      String properties,
      long receivedMs) {
    TelemetryEvent event =
        new TelemetryEvent(
            0,
            id,
            "1.0.0",
            userId,
            null,
            null,
            null,
            TIME_MS,
            name,
            properties,
            Set.of(),
            null,
            BYTES);
    return new NewEvent(event, verified, receivedMs);
  }
}
