package io.growthbus.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.growthbus.ingest.core.EventVerdict.Rejected;
import io.growthbus.ingest.core.Limits;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Copies the properties of an event into compact JSON text without building a tree, and checks on
 * the way that they keep their limits and that PostgreSQL can store them.
 */
final class PropertyCopier {
  private static final JsonFactory JSON = new JsonFactory();

  /** PostgreSQL's numeric ends at 131,072 digits; far less is already no measurement. */
  private static final int GREATEST_EXPONENT = 308;

  private final JsonParser parser;
  private final StringWriter text = new StringWriter();
  private final Set<String> names = new HashSet<>();
  private final Deque<Set<String>> keys = new ArrayDeque<>();
  private int count;
  private @Nullable Rejected problem;

  PropertyCopier(JsonParser parser) {
    this.parser = parser;
  }

  /** Copies the object at which the parser stands; afterwards it stands at the object's end. */
  void copy() throws IOException {
    try (JsonGenerator out = JSON.createGenerator(text)) {
      int depth = 0;
      String topName = "";
      for (JsonToken token = parser.currentToken(); ; token = parser.nextToken()) {
        if (token.isStructStart()) {
          depth++;
          enter(token, depth);
        } else if (token == JsonToken.FIELD_NAME) {
          key(parser.currentName());
          topName = depth == 1 ? parser.currentName() : topName;
        } else {
          value(token);
        }
        boolean topValue = depth == (token.isStructStart() ? 2 : 1);
        if (topValue
            && token != JsonToken.FIELD_NAME
            && token != JsonToken.VALUE_NULL
            && !token.isStructEnd()) {
          names.add(topName);
        }
        if (problem == null) {
          out.copyCurrentEventExact(parser);
        }
        if (token.isStructEnd()) {
          keys.pop();
          depth--;
          if (depth == 0) {
            return;
          }
        }
      }
    }
  }

  /** What is wrong with the properties, if anything. */
  Optional<Rejected> problem() {
    return Optional.ofNullable(problem);
  }

  String json() {
    return problem == null ? text.toString() : "{}";
  }

  Set<String> names() {
    names.remove("");
    return Set.copyOf(names);
  }

  private void enter(JsonToken token, int depth) {
    keys.push(new HashSet<>());
    if (depth > Limits.DEPTH) {
      reject("too_deep", "Properties may be nested " + Limits.DEPTH + " deep.");
    }
    if (token == JsonToken.START_ARRAY) {
      count++;
    }
  }

  private void key(String key) {
    count++;
    if (count > Limits.PROPERTIES) {
      reject("too_many_properties", "An event may have " + Limits.PROPERTIES + " properties.");
    }
    if (key.length() > Limits.KEY) {
      reject("key_too_long", "A property name may have " + Limits.KEY + " characters.");
    }
    if (!Limits.isStorable(key)) {
      reject("invalid_text", "A property name must not hold NUL or half of a surrogate pair.");
    }
    if (!java.util.Objects.requireNonNull(keys.peek()).add(key)) {
      reject("duplicate_key", "A key may appear once in an object.");
    }
  }

  private void value(JsonToken token) throws IOException {
    if (token == JsonToken.VALUE_STRING) {
      if (parser.getTextLength() > Limits.TEXT) {
        reject("too_long", "A text may have " + Limits.TEXT + " characters.");
      } else if (!Limits.isStorable(parser.getText())) {
        reject("invalid_text", "A text must not hold NUL or half of a surrogate pair.");
      }
    } else if (token.isNumeric()) {
      number();
    }
  }

  private void number() throws IOException {
    if (parser.getTextLength() > Limits.NUMBER) {
      reject("invalid_number", "A number may have " + Limits.NUMBER + " characters.");
      return;
    }
    if (!isWithinRange(parser.getText())) {
      reject("invalid_number", "A number must be within the range of a double.");
    }
  }

  private static boolean isWithinRange(String text) {
    try {
      BigDecimal value = new BigDecimal(text);
      int magnitude = value.precision() - value.scale();
      return Math.abs(magnitude) <= GREATEST_EXPONENT
          && Math.abs(value.scale()) <= 2 * GREATEST_EXPONENT;
    } catch (NumberFormatException e) {
      // The exponent itself does not fit into an int.
      return false;
    }
  }

  private void reject(String code, String message) {
    if (problem == null) {
      problem = new Rejected(code, message, pointer());
    }
  }

  /** Pointer to the top-level property; what lies deeper may hold anything and is not repeated. */
  private String pointer() {
    var context = parser.getParsingContext();
    String name = null;
    for (var at = context; at != null && !at.inRoot(); at = at.getParent()) {
      if (at.inObject() && at.getCurrentName() != null) {
        if ("properties".equals(at.getCurrentName())) {
          break;
        }
        name = at.getCurrentName();
      }
    }
    return name == null ? "/properties" : "/properties/" + EventReader.printable(name);
  }
}
