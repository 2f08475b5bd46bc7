package io.growthbus.edge;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.FieldProblem;
import io.growthbus.shared.domain.RoomException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object that an operator sends. What is wrong with its fields is collected, so that {@link
 * #check} tells all of it at once; nested values stay the text that was sent, because a parsed one
 * has forgotten duplicate keys and digits.
 */
final class AdminBody {
  private static final int LONGEST_NUMBER = 18;
  private static final JsonFactory JSON =
      new JsonFactory().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  private final Map<String, Field> fields = new LinkedHashMap<>();
  private final List<FieldProblem> wrong = new ArrayList<>();

  /**
   * A field as it was sent.
   *
   * @param json text of the value; of a string what it says
   */
  private record Field(JsonToken kind, String json) {}

  private AdminBody() {}

  /**
   * Reads a body.
   *
   * @param known fields that it may have
   * @throws RoomException {@code invalid_json} when it is no JSON object or names a key twice
   */
  static AdminBody of(Buffer body, Set<String> known) {
    String text = text(body);
    AdminBody read = new AdminBody();
    try (JsonParser parser = JSON.createParser(text)) {
      read.read(parser, text);
    } catch (IOException e) {
      throw notAnObject();
    }
    for (String field : read.fields.keySet()) {
      if (!known.contains(field)) {
        read.wrong.add(
            new FieldProblem(
                pointer(field),
                "is not known; there are " + String.join(", ", known.stream().sorted().toList())));
      }
    }
    return read;
  }

  /**
   * The text of a body.
   *
   * @throws RoomException {@code invalid_json} when it is not UTF-8
   */
  static String text(Buffer body) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(body.getBytes()))
          .toString();
    } catch (CharacterCodingException e) {
      throw notAnObject();
    }
  }

  private void read(JsonParser parser, String text) throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw notAnObject();
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken kind = parser.nextToken();
      int begin = (int) parser.currentTokenLocation().getCharOffset();
      String said = kind == JsonToken.VALUE_STRING ? parser.getText() : "";
      parser.skipChildren();
      parser.finishToken();
      int end = (int) parser.currentLocation().getCharOffset();
      if (kind != JsonToken.VALUE_NULL) {
        fields.put(
            name,
            new Field(kind, kind == JsonToken.VALUE_STRING ? said : text.substring(begin, end)));
      }
    }
    if (parser.nextToken() != null) {
      throw notAnObject();
    }
  }

  /** A text of 1 to {@code most} characters; an empty one after noting what is wrong. */
  String text(String field, int most) {
    Field value = fields.get(field);
    if (value != null
        && value.kind() == JsonToken.VALUE_STRING
        && !value.json().isEmpty()
        && value.json().length() <= most) {
      return value.json();
    }
    note(field, "must be a text of 1 to " + most + " characters");
    return "";
  }

  /** A text of 1 to {@code most} characters, or null when it is not there. */
  @Nullable String optionalText(String field, int most) {
    return fields.containsKey(field) ? text(field, most) : null;
  }

  /** As the other, and {@code absent} when the field is not there. */
  int number(String field, int absent, int least, int greatest) {
    return fields.containsKey(field) ? (int) number(field, least, greatest) : absent;
  }

  /** An object as the JSON text that was sent; an empty one after noting what is wrong. */
  String object(String field) {
    Field value = fields.get(field);
    if (value != null && value.kind() == JsonToken.START_OBJECT) {
      return value.json();
    }
    note(field, "must be an object");
    return "{}";
  }

  /** As {@link #object}, and empty when the field is absent. */
  Optional<String> optionalObject(String field) {
    return fields.containsKey(field) ? Optional.of(object(field)) : Optional.empty();
  }

  /** An array of at most {@code most} values; an empty one after noting what is wrong. */
  JsonArray array(String field, int most) {
    Field value = fields.get(field);
    if (value != null && value.kind() == JsonToken.START_ARRAY) {
      JsonArray array = new JsonArray(value.json());
      if (array.size() <= most) {
        return array;
      }
    }
    note(field, "must be an array of at most " + most + " values");
    return new JsonArray();
  }

  /** Whether a field is there and not null. */
  boolean has(String field) {
    return fields.containsKey(field);
  }

  /** A whole number; the least one after noting what is wrong. */
  long number(String field, long least, long greatest) {
    Field value = fields.get(field);
    if (value != null
        && value.kind() == JsonToken.VALUE_NUMBER_INT
        && value.json().length() <= LONGEST_NUMBER) {
      long number = Long.parseLong(value.json());
      if (number >= least && number <= greatest) {
        return number;
      }
    }
    note(field, "must be a whole number from " + least + " to " + greatest);
    return least;
  }

  /** Notes a field that is there and is not this text. */
  void mayOnlyBe(String field, String wanted) {
    Optional.ofNullable(fields.get(field))
        .filter(value -> value.kind() != JsonToken.VALUE_STRING || !value.json().equals(wanted))
        .ifPresent(other -> note(field, "must be as in the path, or left out"));
  }

  /**
   * Ends the reading.
   *
   * @throws RoomException {@code invalid_field} when something was wrong
   */
  void check() {
    if (!wrong.isEmpty()) {
      throw RoomException.invalidFields(wrong);
    }
  }

  private void note(String field, String detail) {
    noteAt(pointer(field), detail);
  }

  /** Notes what is wrong at a JSON pointer of the body. */
  void noteAt(String pointer, String detail) {
    wrong.add(new FieldProblem(pointer, detail));
  }

  /** JSON pointer of a field, escaped as RFC 6901 says. */
  private static String pointer(String field) {
    return "/" + field.replace("~", "~0").replace("/", "~1");
  }

  private static RoomException notAnObject() {
    return new RoomException(
        ErrorKind.INVALID,
        "invalid_json",
        "The body must be a JSON object in which no key stands twice.");
  }
}
