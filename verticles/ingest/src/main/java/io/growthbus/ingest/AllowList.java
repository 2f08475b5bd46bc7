package io.growthbus.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Set;

/** Keeps of copied properties those that a contract names. */
final class AllowList {
  private static final JsonFactory JSON = new JsonFactory();

  private AllowList() {}

  /**
   * Properties after the choice.
   *
   * @param json those that are kept, as compact JSON text of an object
   * @param dropped how many are not
   */
  record Kept(String json, int dropped) {}

  /**
   * Chooses.
   *
   * @param json the properties as JSON text of an object
   */
  static Kept keep(String json, Set<String> allowed) throws IOException {
    StringWriter text = new StringWriter(json.length());
    int dropped = 0;
    try (JsonParser parser = JSON.createParser(json);
        JsonGenerator out = JSON.createGenerator(text)) {
      parser.nextToken();
      out.writeStartObject();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        if (allowed.contains(parser.currentName())) {
          out.copyCurrentStructureExact(parser);
        } else {
          dropped++;
          parser.nextToken();
          parser.skipChildren();
        }
      }
      out.writeEndObject();
    }
    return dropped == 0 ? new Kept(json, 0) : new Kept(text.toString(), dropped);
  }
}
