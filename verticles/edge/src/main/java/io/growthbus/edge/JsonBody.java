package io.growthbus.edge;

import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A JSON object as request body, read field by field; a wrong type or an unknown field is refused
 * with its name.
 */
final class JsonBody {
  private final JsonObject json;

  private JsonBody(JsonObject json) {
    this.json = json;
  }

  /**
   * Reads a body.
   *
   * @param known fields that it may have
   * @throws RoomException {@code invalid_json}, {@code unknown_field}
   */
  static JsonBody of(Buffer body, Set<String> known) {
    JsonObject json = object(body);
    if (!known.containsAll(json.fieldNames())) {
      throw new RoomException(
          ErrorKind.INVALID,
          "unknown_field",
          "The body may hold only: " + String.join(", ", known.stream().sorted().toList()) + ".");
    }
    return new JsonBody(json);
  }

  /**
   * A body that may have any field.
   *
   * @throws RoomException {@code invalid_json}
   */
  static JsonObject object(Buffer body) {
    try {
      return new JsonObject(body);
    } catch (DecodeException | ClassCastException e) {
      throw new RoomException(ErrorKind.INVALID, "invalid_json", "The body must be a JSON object.");
    }
  }

  /** A text of 1 to {@code most} characters. */
  String text(String field, int most) {
    return optionalText(field, most)
        .orElseThrow(() -> invalid(field, "is required: a text of 1 to " + most + " characters"));
  }

  Optional<String> optionalText(String field, int most) {
    Object value = json.getValue(field);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof String text && !text.isEmpty() && text.length() <= most) {
      return Optional.of(text);
    }
    throw invalid(field, "must be a text of 1 to " + most + " characters");
  }

  long number(String field, long fallback, long min, long max) {
    Object value = json.getValue(field);
    if (value == null) {
      return fallback;
    }
    if (value instanceof Integer || value instanceof Long) {
      long number = ((Number) value).longValue();
      if (number >= min && number <= max) {
        return number;
      }
    }
    throw invalid(field, "must be a whole number from " + min + " to " + max);
  }

  Optional<Map<String, Object>> object(String field) {
    Object value = json.getValue(field);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof JsonObject object) {
      return Optional.of(object.getMap());
    }
    throw invalid(field, "must be an object");
  }

  Optional<List<String>> texts(String field, int most) {
    Object value = json.getValue(field);
    if (value == null) {
      return Optional.empty();
    }
    if (!(value instanceof JsonArray array) || array.size() > most) {
      throw invalid(field, "must be an array of at most " + most + " texts");
    }
    List<String> texts = new ArrayList<>();
    for (Object element : array) {
      if (!(element instanceof String text)) {
        throw invalid(field, "must hold texts only");
      }
      texts.add(text);
    }
    return Optional.of(texts);
  }

  /** An array of whole numbers from 1. */
  Optional<List<Long>> numbers(String field, int most) {
    Object value = json.getValue(field);
    if (value == null) {
      return Optional.empty();
    }
    if (!(value instanceof JsonArray array) || array.isEmpty() || array.size() > most) {
      throw invalid(field, "must be an array of 1 to " + most + " numbers");
    }
    List<Long> numbers = new ArrayList<>();
    for (Object element : array) {
      boolean whole = element instanceof Integer || element instanceof Long;
      if (!whole || ((Number) element).longValue() < 1) {
        throw invalid(field, "must hold whole numbers from 1 only");
      }
      numbers.add(((Number) element).longValue());
    }
    return Optional.of(numbers);
  }

  /** True or false; false when it is absent. */
  boolean flag(String field) {
    Object value = json.getValue(field);
    if (value == null || value instanceof Boolean) {
      return Boolean.TRUE.equals(value);
    }
    throw invalid(field, "must be true or false");
  }

  private static RoomException invalid(String field, String what) {
    return new RoomException(ErrorKind.INVALID, "invalid_field", "\"" + field + "\" " + what + ".");
  }
}
