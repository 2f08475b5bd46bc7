package io.growthbus.bench.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class EventBatchesTest {
  private static final long NOW_MS = 1_763_000_000_123L;
  private static final Set<String> NAMES =
      Set.of("api_call", "project_created", "team_invite_sent");

  private final EventBatches batches =
      new EventBatches("localhost:1", "key", new EventIds(EventIds.Version.V4, 9));

  @Test
  void a_request_says_how_long_its_body_is_and_who_sends_it() {
    String request = next();
    int end = request.indexOf("\r\n\r\n");
    assertThat(request.substring(0, end))
        .startsWith("POST /api/telemetry/ingest HTTP/1.1\r\nHost: localhost:1\r\n")
        .contains("\r\nAuthorization: Bearer key\r\n")
        .endsWith("\r\nContent-Length: " + (request.length() - end - 4));
  }

  @Test
  void every_event_of_every_request_is_whole_and_has_an_id_of_its_own() {
    Set<UUID> ids = new HashSet<>();
    Set<String> users = new HashSet<>();
    for (int i = 0; i < 900; i++) {
      String request = next();
      JsonObject body = new JsonObject(request.substring(request.indexOf("\r\n\r\n")));
      assertThat(body.getJsonArray("batch")).hasSize(EventBatches.EVENTS);
      body.getJsonArray("batch").stream()
          .map(JsonObject.class::cast)
          .forEach(
              event -> {
                assertThat(ids.add(UUID.fromString(event.getString("event_id")))).isTrue();
                assertThat(event.getLong("timestamp")).isEqualTo(NOW_MS);
                assertThat(NAMES).contains(event.getString("name"));
                assertThat(event.getJsonObject("properties").size()).isGreaterThan(2);
                users.add(event.getString("user_id"));
              });
    }
    assertThat(users).hasSizeGreaterThan(3_000);
  }

  private String next() {
    return new String(batches.next(NOW_MS), StandardCharsets.US_ASCII);
  }
}
