package io.growthbus.shared.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import io.growthbus.shared.settings.Problems;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/** JSON that people write: no key twice, nothing behind it, numbers exact. */
final class JsonText {
  static final ObjectMapper MAPPER =
      new ObjectMapper()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          // The numbers of a filter are compared exactly.
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          // 1.0 is not 1: a client that wants a double gets a number with a point.
          .configure(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES, false);

  private JsonText() {}

  /** The object that a text is; empty after noting why it is none. */
  static Optional<JsonCursor> object(String text, Problems problems) {
    JsonNode document;
    try {
      document = MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      problems.error("/", "is not JSON");
      return Optional.empty();
    }
    JsonCursor at = new JsonCursor("", document, "", problems);
    return document.isObject() ? Optional.of(at) : Optional.empty();
  }

  /** Whether no text of it, names included, holds NUL or half of a surrogate pair. */
  static boolean isStorable(JsonNode value) {
    if (value.isTextual()) {
      return isStorable(value.textValue());
    }
    for (Map.Entry<String, JsonNode> member : value.properties()) {
      if (!isStorable(member.getKey())) {
        return false;
      }
    }
    for (JsonNode element : value) {
      if (!isStorable(element)) {
        return false;
      }
    }
    return true;
  }

  /** Whether PostgreSQL and every other reader of Unicode take a text. */
  static boolean isStorable(String text) {
    return text.indexOf('\0') < 0 && StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }
}
