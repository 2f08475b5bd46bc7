package io.growthbus.shared.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.growthbus.shared.domain.Keys;
import io.growthbus.shared.settings.Problems;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A place in a JSON document that notes a problem, with its pointer, for each value that is not
 * what is asked for, and answers the default so that reading goes on.
 */
final class JsonCursor {
  private static final String BEYOND = "holds a number that is beyond those of a double";
  private static final ObjectMapper PLAIN = new ObjectMapper();

  private final String document;
  private final JsonNode node;
  private final String pointer;
  private final Problems problems;
  private final TreeSet<String> asked = new TreeSet<>();

  JsonCursor(JsonNode node, String pointer, Problems problems) {
    this("growth.json ", node, pointer, problems);
  }

  /**
   * @param document what stands before the pointer of a problem
   */
  JsonCursor(String document, JsonNode node, String pointer, Problems problems) {
    this.document = document;
    this.node = node;
    this.pointer = pointer;
    this.problems = problems;
    if (!node.isObject()) {
      problems.error(where(), "must be a JSON object");
    }
  }

  JsonNode node() {
    return node;
  }

  boolean has(String field) {
    asked.add(field);
    JsonNode value = node.path(field);
    return !value.isMissingNode() && !value.isNull();
  }

  void error(String field, String what) {
    problems.error(where(field), what);
  }

  /** Notes a problem of an element of an array. */
  void error(String field, int index, String what) {
    problems.error(where(field) + "/" + index, what);
  }

  /** An element of an array, which must be an object. */
  JsonCursor element(String field, int index) {
    return new JsonCursor(
        document, node.get(field).get(index), child(field) + "/" + index, problems);
  }

  JsonCursor object(String field) {
    return new JsonCursor(
        document,
        has(field) ? node.get(field) : JsonNodeFactory.instance.objectNode(),
        child(field),
        problems);
  }

  <T> List<T> objects(String field, Function<JsonCursor, T> reader) {
    List<T> values = new ArrayList<>();
    if (has(field)) {
      if (!node.get(field).isArray()) {
        error(field, "must be an array");
        return values;
      }
      int index = 0;
      for (JsonNode element : node.get(field)) {
        JsonCursor cursor =
            new JsonCursor(document, element, child(field) + "/" + index++, problems);
        if (element.isObject()) {
          values.add(reader.apply(cursor));
          cursor.checkUnknown();
        }
      }
    }
    return values;
  }

  <T> Map<String, T> entries(String field, Function<JsonCursor, T> reader) {
    Map<String, T> values = new LinkedHashMap<>();
    if (has(field)) {
      JsonCursor parent = object(field);
      for (Map.Entry<String, JsonNode> entry : parent.node.properties()) {
        JsonCursor cursor =
            new JsonCursor(document, entry.getValue(), parent.child(entry.getKey()), problems);
        if (entry.getValue().isObject()) {
          values.put(entry.getKey(), reader.apply(cursor));
          cursor.checkUnknown();
        }
      }
    }
    return values;
  }

  String text(String field, @Nullable String fallback) {
    if (!has(field)) {
      if (fallback == null) {
        error(field, "is missing; write a text");
      }
      return fallback == null ? "" : fallback;
    }
    if (!node.get(field).isTextual() || node.get(field).textValue().isBlank()) {
      error(field, "must be a text that is not empty");
      return fallback == null ? "" : fallback;
    }
    return node.get(field).textValue();
  }

  /** The key of a flag, rule, meter and the like: it stands in addresses. */
  String key(String field) {
    String key = text(field, null);
    if (!key.isEmpty() && !Keys.isKey(key)) {
      error(field, "must be " + Keys.FORM);
    }
    return key;
  }

  boolean isArray(String field) {
    return has(field) && node.get(field).isArray();
  }

  String choice(String field, String fallback, List<String> words) {
    String value = text(field, fallback);
    if (!words.contains(value)) {
      error(
          field, "must be one of " + String.join(", ", words) + Problems.didYouMean(value, words));
      return fallback;
    }
    return value;
  }

  boolean flag(String field, boolean fallback) {
    if (!has(field)) {
      return fallback;
    }
    if (!node.get(field).isBoolean()) {
      error(field, "must be true or false");
      return fallback;
    }
    return node.get(field).booleanValue();
  }

  long number(String field, @Nullable Long fallback, long min, long max) {
    if (!has(field)) {
      if (fallback == null) {
        error(field, "is missing; write a whole number from " + min + " to " + max);
      }
      return fallback == null ? min : fallback;
    }
    JsonNode value = node.get(field);
    if (!value.canConvertToExactIntegral()
        || !value.canConvertToLong()
        || value.longValue() < min
        || value.longValue() > max) {
      error(field, "must be a whole number from " + min + " to " + max);
      return fallback == null ? min : fallback;
    }
    return value.longValue();
  }

  double decimal(String field, double fallback, double min, double max) {
    if (!has(field)) {
      return fallback;
    }
    JsonNode value = node.get(field);
    if (!value.isNumber() || value.doubleValue() < min || value.doubleValue() > max) {
      error(field, "must be a number from " + min + " to " + max);
      return fallback;
    }
    return value.doubleValue();
  }

  List<String> texts(String field) {
    List<String> values = new ArrayList<>();
    if (has(field)) {
      if (!node.get(field).isArray()) {
        error(field, "must be an array of texts");
        return values;
      }
      int index = 0;
      for (JsonNode element : node.get(field)) {
        if (element.isTextual()) {
          values.add(element.textValue());
        } else {
          problems.error(document + child(field) + "/" + index, "must be a text");
        }
        index++;
      }
    }
    return values;
  }

  /** A value as flags are evaluated with it: a number with a fraction is a double. */
  private static Object plain(JsonNode value) {
    try {
      return PLAIN.readValue(value.toString(), Object.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON value cannot be read again", e);
    }
  }

  /** Whether a double can hold every number in a value. */
  private static boolean isHeld(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return map.values().stream().allMatch(JsonCursor::isHeld);
    }
    if (value instanceof Collection<?> list) {
      return list.stream().allMatch(JsonCursor::isHeld);
    }
    return !(value instanceof Number number) || Double.isFinite(number.doubleValue());
  }

  /** Texts, numbers and booleans. */
  List<Object> scalars(String field, int most) {
    List<Object> values = new ArrayList<>();
    if (has(field)) {
      if (!node.get(field).isArray() || node.get(field).size() > most) {
        error(field, "must be an array of at most " + most + " values");
        return values;
      }
      for (JsonNode element : node.get(field)) {
        if (element.isValueNode() && !element.isNull()) {
          Object plain = plain(element);
          values.add(plain);
          if (!isHeld(plain)) {
            error(field, BEYOND);
          }
        } else {
          error(field, "must hold texts, numbers, true or false");
        }
      }
    }
    return values;
  }

  /** Values of any kind by name; none is null. */
  Map<String, Object> values(String field) {
    Map<String, Object> values = new LinkedHashMap<>();
    if (has(field)) {
      JsonCursor parent = object(field);
      for (Map.Entry<String, JsonNode> entry : parent.node.properties()) {
        if (entry.getValue().isNull()) {
          parent.error(entry.getKey(), "must not be null");
        } else {
          Object plain = plain(entry.getValue());
          values.put(entry.getKey(), plain);
          if (!isHeld(plain)) {
            parent.error(entry.getKey(), BEYOND);
          }
        }
      }
    }
    return values;
  }

  /** Numbers by name. */
  Map<String, Double> decimals(String field, double min, double max) {
    Map<String, Double> values = new LinkedHashMap<>();
    if (has(field)) {
      JsonCursor parent = object(field);
      for (Map.Entry<String, JsonNode> entry : parent.node.properties()) {
        values.put(entry.getKey(), parent.decimal(entry.getKey(), min, min, max));
      }
    }
    return values;
  }

  /** Limits: a number, or {@code "unlimited"}. */
  Map<String, Long> limits(String field, List<String> unlimited) {
    Map<String, Long> values = new LinkedHashMap<>();
    if (has(field)) {
      JsonCursor limits = object(field);
      for (Map.Entry<String, JsonNode> entry : limits.node.properties()) {
        JsonNode value = entry.getValue();
        if (value.asText().equals("unlimited")) {
          unlimited.add(entry.getKey());
        } else if (value.isIntegralNumber() && value.canConvertToLong() && value.longValue() >= 0) {
          values.put(entry.getKey(), value.longValue());
        } else {
          limits.error(entry.getKey(), "must be a whole number from 0, or \"unlimited\"");
        }
      }
    }
    return values;
  }

  /** The values of a field that is an object, by name; empty when it is something else. */
  Map<String, JsonNode> members(String field) {
    Map<String, JsonNode> members = new LinkedHashMap<>();
    if (has(field)) {
      object(field).node.properties().forEach(e -> members.put(e.getKey(), e.getValue()));
    }
    return members;
  }

  /** Notes each field that nobody has asked for. */
  void checkUnknown() {
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      if (!asked.contains(entry.getKey())) {
        error(entry.getKey(), "is not known here" + Problems.didYouMean(entry.getKey(), asked));
      }
    }
  }

  private String where() {
    return document + (pointer.isEmpty() ? "/" : pointer);
  }

  private String where(String field) {
    return document + child(field);
  }

  /** JSON pointer of a field, escaped as RFC 6901 says. */
  private String child(String field) {
    return pointer + "/" + field.replace("~", "~0").replace("/", "~1");
  }
}
