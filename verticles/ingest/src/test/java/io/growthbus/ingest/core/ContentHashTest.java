package io.growthbus.ingest.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ContentHashTest {
  private static final UUID ID = new UUID(0, 1);

  private static TelemetryEvent event(
      @Nullable String user,
      @Nullable String account,
      @Nullable String anonymous,
      @Nullable String message,
      String version,
      long timestampMs,
      String name,
      String properties) {
    return new TelemetryEvent(
        0,
        ID,
        version,
        user,
        account,
        anonymous,
        message,
        timestampMs,
        name,
        properties,
        Set.of(),
        null,
        1);
  }

  private static long hash(TelemetryEvent event) {
    return ContentHash.of(event);
  }

  @Test
  void every_field_that_is_stored_counts_and_none_runs_into_the_next() {
    List<TelemetryEvent> events =
        List.of(
            event("u", "a", "n", "m", "1.0.0", 1, "e", "{}"),
            event("v", "a", "n", "m", "1.0.0", 1, "e", "{}"),
            event(null, "a", "n", "m", "1.0.0", 1, "e", "{}"),
            event(null, "u", "a", "n", "1.0.0", 1, "e", "{}"),
            event("ua", null, "n", "m", "1.0.0", 1, "e", "{}"),
            event("ua", "", "n", "m", "1.0.0", 1, "e", "{}"),
            event("u", "a", "n", null, "1.0.0", 1, "e", "{}"),
            event("u", "a", null, "n", "1.0.0", 1, "e", "{}"),
            event("u", "a", "n", "m", "1.0.1", 1, "e", "{}"),
            event("u", "a", "n", "m", "1.0.0", 2, "e", "{}"),
            event("u", "a", "n", "m", "1.0.0", 1, "f", "{}"),
            event("u", "a", "n", "m", "1.0.0", 1, "e", "{\"a\":1}"));

    assertThat(events.stream().map(ContentHash::of).distinct()).hasSameSizeAs(events);
  }

  @Test
  void the_place_in_the_batch_the_size_and_the_consent_do_not_count() {
    TelemetryEvent sent = event("u", null, null, null, "1.0.0", 1, "e", "{\"a\":1}");
    TelemetryEvent again =
        new TelemetryEvent(
            7,
            ID,
            "1.0.0",
            "u",
            null,
            null,
            null,
            1,
            "e",
            "{\"a\":1}",
            Set.of("a"),
            ConsentStatement.of("ads", ConsentStatement.State.GRANTED),
            99);

    assertThat(hash(again)).isEqualTo(hash(sent));
  }

  @Test
  void a_content_has_the_same_hash_in_every_version_of_the_product() {
    assertThat(hash(event("u", null, "n", null, "1.0.0", 1_764_000_000_000L, "e", "{\"ü\":1}")))
        .isEqualTo(7297504997056654235L);
  }
}
