package io.growthbus.ingest;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.growthbus.ingest.core.privacy.KeyKind;
import io.growthbus.ingest.core.privacy.Marker;
import io.growthbus.ingest.core.privacy.PrivacyRules;
import java.io.IOException;
import java.util.Optional;

/**
 * Writes the tokens at which a parser stands, one after the other, without what is personal or
 * secret: the value of a key that says so, and what is found in texts.
 */
final class ScrubbedTokens {
  private static final int SHOWN = 0;

  private final JsonParser parser;
  private final PrivacyRules privacy;
  private final JsonGenerator out;
  private final boolean numbersAsSent;
  private KeyKind kind = KeyKind.PLAIN;
  private int hiddenBelow = SHOWN;

  /**
   * @param numbersAsSent whether numbers are written letter by letter, also such as no type of
   *     number holds
   */
  ScrubbedTokens(
      JsonParser parser, PrivacyRules privacy, JsonGenerator out, boolean numbersAsSent) {
    this.parser = parser;
    this.privacy = privacy;
    this.out = out;
    this.numbersAsSent = numbersAsSent;
  }

  /** Whether the parser stands inside of a value that is hidden. */
  boolean isHiding() {
    return hiddenBelow != SHOWN;
  }

  /**
   * Writes the key at which the parser stands.
   *
   * @param key what is written in its place
   */
  void writeKey(String key) throws IOException {
    if (hiddenBelow == SHOWN) {
      out.writeFieldName(key);
      kind = privacy.known(parser.currentName()).kind();
    }
  }

  /**
   * Writes a token that is no key, or what stands in its place.
   *
   * @param depth how many objects and arrays are open, a token that opens or closes one included
   */
  void writeValue(JsonToken token, int depth) throws IOException {
    if (hiddenBelow != SHOWN) {
      return;
    }
    KeyKind named = kind;
    kind = KeyKind.PLAIN;
    if (hides(named, token)) {
      out.writeString(Marker.REDACTED.text());
      hiddenBelow = token.isStructStart() ? depth : SHOWN;
    } else if (token == JsonToken.VALUE_STRING) {
      int from = parser.getTextOffset();
      Optional<String> scrubbed =
          privacy
              .texts()
              .scrub(
                  parser.getTextCharacters(),
                  from,
                  from + parser.getTextLength(),
                  named == KeyKind.VERSION);
      if (scrubbed.isPresent()) {
        out.writeString(scrubbed.get());
      } else {
        out.copyCurrentEventExact(parser);
      }
    } else if (token == JsonToken.VALUE_NUMBER_INT && isCard()) {
      out.writeString(Marker.CARD.text());
    } else if (numbersAsSent && token.isNumeric()) {
      out.writeNumber(parser.getText());
    } else {
      out.copyCurrentEventExact(parser);
    }
  }

  /** To be called after the end of an object or array at this depth. */
  void leave(int depth) {
    if (depth == hiddenBelow) {
      hiddenBelow = SHOWN;
    }
  }

  /** Whether a key hides its value; what is absent, true or false tells nothing that it could. */
  private static boolean hides(KeyKind kind, JsonToken token) {
    boolean holds = token == JsonToken.VALUE_STRING || token.isStructStart();
    return switch (kind) {
      case HIDDEN -> holds || token.isNumeric();
      case HIDDEN_TEXT -> holds;
      case PLAIN, VERSION -> false;
    };
  }

  private boolean isCard() throws IOException {
    int from = parser.getTextOffset();
    return privacy.isCard(parser.getTextCharacters(), from, from + parser.getTextLength());
  }
}
