package io.growthbus.ingest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.growthbus.ingest.core.Limits;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Forms that values of an event have on the wire. */
final class FieldForms {
  private FieldForms() {}

  /** The number of milliseconds at which a parser stands, or null when it is no such number. */
  static @Nullable Long milliseconds(JsonParser parser) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
        && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      return parser.getLongValue();
    }
    // A clock with fractions of a millisecond is cut, not refused: performance.now() gives such.
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_FLOAT
        && parser.getTextLength() <= Limits.NUMBER) {
      double value = parser.getDoubleValue();
      if (Math.abs(value) < 9e15) {
        return (long) value;
      }
    }
    return null;
  }

  /** How many bytes a text takes in UTF-8. */
  static int utf8Length(CharSequence text) {
    int length = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      // Half of a pair is two of the four bytes.
      length += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    return length;
  }

  /** A scrubbed key made safe for a pointer in an answer. */
  static String printable(String key) {
    String cut = key.length() > 64 ? key.substring(0, 64) : key;
    return cut.replaceAll("[^A-Za-z0-9_.:$ -]", "?");
  }
}
