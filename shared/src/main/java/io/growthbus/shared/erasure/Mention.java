package io.growthbus.shared.erasure;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.io.StringWriter;

/**
 * The id of an erased user where other data mentions it, and what stands there afterwards.
 *
 * <p>A text that is the id is replaced as a whole. Within a longer text the id is replaced where no
 * letter or digit touches it, as in {@code /users/u-17}; shorter ids than {@value #SHORTEST_PART}
 * characters are too often something else there, and so are numbers of that length.
 */
public final class Mention {
  /** What stands where the id was. */
  public static final String ERASED = "[erased]";

  /** Shortest id that is looked for within longer texts and among numbers, in characters. */
  static final int SHORTEST_PART = 4;

  private static final JsonFactory JSON =
      new JsonFactoryBuilder()
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(100_000)
                  .maxNameLength(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private final String id;

  public Mention(String id) {
    this.id = id;
  }

  /** The id itself. */
  public String id() {
    return id;
  }

  /** The id as it stands within the JSON text that PostgreSQL makes of {@code jsonb}. */
  public String inJson() {
    return new String(JsonStringEncoder.getInstance().quoteAsString(id));
  }

  /** The text with every mention replaced; the very same text when there is none. */
  public String erasedFrom(String text) {
    if (text.equals(id)) {
      return ERASED;
    }
    if (id.length() < SHORTEST_PART || !text.contains(id)) {
      return text;
    }
    StringBuilder kept = new StringBuilder(text.length());
    int from = 0;
    for (int at = text.indexOf(id); at >= 0; at = text.indexOf(id, Math.max(at + 1, from))) {
      if (standsAlone(text, at)) {
        kept.append(text, from, at).append(ERASED);
        from = at + id.length();
      }
    }
    return from == 0 ? text : kept.append(text, from, text.length()).toString();
  }

  /**
   * The JSON text with every mention replaced in names, texts and numbers; all other values stay as
   * they are written.
   *
   * @throws IllegalArgumentException when it is not JSON
   */
  public String erasedFromJson(String json) {
    StringWriter out = new StringWriter(json.length());
    try (JsonParser parser = JSON.createParser(json);
        JsonGenerator generator = JSON.createGenerator(out)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        copy(parser, token, generator);
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("not JSON", e);
    }
    return out.toString();
  }

  private void copy(JsonParser parser, JsonToken token, JsonGenerator out) throws IOException {
    switch (token) {
      case FIELD_NAME -> out.writeFieldName(erasedFrom(parser.currentName()));
      case VALUE_STRING -> out.writeString(erasedFrom(parser.getText()));
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        String number = parser.getText();
        if (number.equals(id) && id.length() >= SHORTEST_PART) {
          out.writeString(ERASED);
        } else {
          out.writeNumber(number);
        }
      }
      default -> out.copyCurrentEvent(parser);
    }
  }

  private boolean standsAlone(String text, int at) {
    int end = at + id.length();
    boolean joinedBefore =
        at > 0
            && Character.isLetterOrDigit(text.codePointBefore(at))
            && Character.isLetterOrDigit(id.codePointAt(0));
    boolean joinedAfter =
        end < text.length()
            && Character.isLetterOrDigit(text.codePointAt(end))
            && Character.isLetterOrDigit(id.codePointBefore(id.length()));
    return !joinedBefore && !joinedAfter;
  }
}
