package io.growthbus.ingest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.growthbus.ingest.core.ConsentStatement;
import io.growthbus.ingest.core.ConsentStatement.State;
import io.growthbus.ingest.core.EventVerdict.Rejected;
import io.growthbus.ingest.core.Limits;
import io.growthbus.ingest.core.privacy.PrivacyRules;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads what is said about consent: an object from purpose to true, false or null. The first thing
 * that is wrong is kept and the rest is passed over. Names of purposes are scrubbed, because they
 * are stored.
 */
final class ConsentReader {
  private final JsonParser parser;
  private final PrivacyRules privacy;
  private ConsentStatement statement = ConsentStatement.NONE;
  private @Nullable Rejected problem;

  private ConsentReader(JsonParser parser, PrivacyRules privacy) {
    this.parser = parser;
    this.privacy = privacy;
  }

  /** Reads the value at which the parser stands; it stands at its end afterwards. */
  static ConsentReader read(JsonParser parser, PrivacyRules privacy) throws IOException {
    ConsentReader reader = new ConsentReader(parser, privacy);
    if (parser.currentToken() == JsonToken.START_OBJECT) {
      reader.readPurposes();
    } else if (parser.currentToken() != JsonToken.VALUE_NULL) {
      reader.reject("wrong_type", "It must be an object from purpose to true, false or null.", "");
      parser.skipChildren();
    }
    return reader;
  }

  /** What was said. */
  ConsentStatement statement() {
    return statement;
  }

  /** What is wrong with it, with a pointer that begins at {@code /consent}. */
  Optional<Rejected> problem() {
    return Optional.ofNullable(problem);
  }

  private void readPurposes() throws IOException {
    Set<String> named = new HashSet<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String purpose = parser.currentName();
      String pointer = "/" + FieldForms.printable(privacy.key(purpose));
      JsonToken value = parser.nextToken();
      if (!named.add(purpose)) {
        reject("duplicate_key", "A key may appear once in an object.", pointer);
      } else if (named.size() > ConsentStatement.MOST_PURPOSES) {
        reject(
            "too_many_purposes",
            "It may name " + ConsentStatement.MOST_PURPOSES + " purposes.",
            "");
      } else if (purpose.length() > Limits.KEY || !Limits.isStorable(purpose)) {
        reject(
            "invalid_key",
            "A purpose has at most "
                + Limits.KEY
                + " characters, no NUL and no half of a surrogate pair.",
            pointer);
      } else if (value == JsonToken.VALUE_NULL || value.isBoolean()) {
        State state =
            value == JsonToken.VALUE_NULL
                ? State.PENDING
                : value == JsonToken.VALUE_TRUE ? State.GRANTED : State.DENIED;
        statement = statement.and(ConsentStatement.of(privacy.key(purpose), state));
      } else {
        reject("wrong_type", "It must be true, false or null.", pointer);
      }
      parser.skipChildren();
    }
  }

  private void reject(String code, String message, String pointer) {
    if (problem == null) {
      problem = new Rejected(code, message, "/consent" + pointer);
    }
  }
}
