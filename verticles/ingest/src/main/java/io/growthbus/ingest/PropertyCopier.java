package io.growthbus.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.growthbus.ingest.core.EventVerdict.Rejected;
import io.growthbus.ingest.core.Limits;
import io.growthbus.ingest.core.privacy.PrivacyRules;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Copies the properties of an event into compact JSON text without building a tree. Checks on the
 * way that they keep their limits and that PostgreSQL can store them, and leaves out what is
 * personal or secret: the value of a key that says so, and what is found in texts and keys.
 *
 * <p>What is hidden is still checked, so that the verdict on an event does not depend on its names.
 */
final class PropertyCopier {
  private static final JsonFactory JSON = new JsonFactory();

  /**
   * Most decimal places and most trailing zeros. Leaves room for every double; without it a few
   * characters such as {@code 1e-9999} would be thousands of digits when they are read again.
   */
  private static final int GREATEST_SCALE = 616;

  /** No number of so few characters, without an exponent, is out of range. */
  private static final int SURELY_SMALL = 18;

  private final JsonParser parser;
  private final PrivacyRules privacy;
  private final StringWriter text = new StringWriter();
  private final Set<String> names = new HashSet<>();
  private final Deque<Set<String>> keys = new ArrayDeque<>();
  private @Nullable String topName;
  private String key = "";
  private boolean hidden;
  private int count;
  private @Nullable Rejected problem;

  PropertyCopier(JsonParser parser, PrivacyRules privacy) {
    this.parser = parser;
    this.privacy = privacy;
  }

  /** Copies the object at which the parser stands; afterwards it stands at the object's end. */
  void copy() throws IOException {
    try (JsonGenerator out = JSON.createGenerator(text)) {
      ScrubbedTokens scrubbed = new ScrubbedTokens(parser, privacy, out, false);
      int depth = 0;
      for (JsonToken token = parser.currentToken(); ; token = parser.nextToken()) {
        if (token.isStructStart()) {
          depth++;
        }
        // After the first problem the rest is only passed over.
        if (problem == null) {
          hidden = scrubbed.isHiding();
          check(token, depth);
        }
        if (problem == null) {
          if (token == JsonToken.FIELD_NAME) {
            scrubbed.writeKey(key);
          } else {
            scrubbed.writeValue(token, depth);
          }
        }
        if (token.isStructEnd()) {
          scrubbed.leave(depth);
          if (--depth == 0) {
            return;
          }
        }
      }
    }
  }

  private void check(JsonToken token, int depth) throws IOException {
    switch (token) {
      case START_OBJECT, START_ARRAY -> enter(token, depth);
      case END_OBJECT, END_ARRAY -> keys.pop();
      case FIELD_NAME -> key(parser.currentName(), depth);
      default -> value(token);
    }
    boolean topValue = token.isStructStart() ? depth == 2 : depth == 1 && token.isScalarValue();
    if (topValue && token != JsonToken.VALUE_NULL) {
      names.add(Objects.requireNonNull(topName));
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
    return problem == null ? Collections.unmodifiableSet(names) : Set.of();
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

  private void key(String sent, int depth) {
    key = hidden ? sent : privacy.known(sent).written();
    if (depth == 1) {
      topName = key;
    }
    count++;
    if (count > Limits.PROPERTIES) {
      reject("too_many_properties", "An event may have " + Limits.PROPERTIES + " properties.");
    }
    if (sent.length() > Limits.KEY) {
      reject("key_too_long", "A property name may have " + Limits.KEY + " characters.");
    }
    if (!Limits.isStorable(sent)) {
      reject("invalid_text", "A property name must not hold NUL or half of a surrogate pair.");
    }
    Set<String> siblings = Objects.requireNonNull(keys.peek());
    if (!siblings.add(sent)) {
      reject("duplicate_key", "A key may appear once in an object.");
    }
    if (!key.equals(sent)) {
      distinguish(siblings, depth);
    }
  }

  /** Two keys may become one when what differs is taken out of them; then they are numbered. */
  private void distinguish(Set<String> siblings, int depth) {
    String scrubbed = key;
    for (int n = 2; !siblings.add(key); n++) {
      key = scrubbed + n;
    }
    if (depth == 1) {
      topName = key;
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
    if (text.length() <= SURELY_SMALL && text.indexOf('e') < 0 && text.indexOf('E') < 0) {
      return true;
    }
    try {
      int scale = new BigDecimal(text).scale();
      return scale <= GREATEST_SCALE
          && scale >= -GREATEST_SCALE
          && Double.isFinite(Double.parseDouble(text));
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
    return topName == null ? "/properties" : "/properties/" + FieldForms.printable(topName);
  }
}
