package io.growthbus.edge;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A response that is ready to be written.
 *
 * @param headers beside the content type
 */
record Answer(int status, String contentType, Buffer body, Map<String, String> headers) {

  static Answer json(int status, JsonObject body) {
    return new Answer(status, "application/json; charset=utf-8", body.toBuffer(), Map.of());
  }

  static Answer ok(JsonObject body) {
    return json(200, body);
  }

  Answer with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Answer(status, contentType, body, Map.copyOf(more));
  }
}
