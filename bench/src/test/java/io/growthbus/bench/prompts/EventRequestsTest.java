package io.growthbus.bench.prompts;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class EventRequestsTest {
  private final EventRequests requests =
      new EventRequests(InetSocketAddress.createUnresolved("127.0.0.1", 8080));

  @Test
  void each_user_gets_one_project_with_an_id_of_its_own() {
    JsonArray batch = batch(requests.projects(List.of("a", "b"), 1));
    assertThat(batch).hasSize(2);
    JsonObject first = batch.getJsonObject(0);
    JsonObject second = batch.getJsonObject(1);
    assertThat(first.getString("user_id")).isEqualTo("a");
    assertThat(second.getString("user_id")).isEqualTo("b");
    assertThat(first.getString("event_id")).isNotEqualTo(second.getString("event_id"));
    UUID id = UUID.fromString(first.getString("event_id"));
    assertThat(id.version()).isEqualTo(4);
    assertThat(id.variant()).isEqualTo(2);
  }

  @Test
  void a_batch_of_others_is_as_long_as_it_says() {
    assertThat(batch(requests.calls(1))).hasSize(EventRequests.BATCH);
  }

  private static JsonArray batch(byte[] request) {
    String text = new String(request, StandardCharsets.US_ASCII);
    int end = text.indexOf("\r\n\r\n");
    String body = text.substring(end + 4);
    assertThat(text.substring(0, end)).endsWith("Content-Length: " + body.length());
    return new JsonObject(body).getJsonArray("batch");
  }
}
