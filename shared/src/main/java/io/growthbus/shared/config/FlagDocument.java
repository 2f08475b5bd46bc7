package io.growthbus.shared.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.settings.Problems;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Flags and what they share as a JSON document of their own: the {@code definitions}, {@code
 * segments} and {@code holdouts} of {@code growth.json}.
 *
 * <p>What is stored may name a segment or a holdout that is gone, which evaluation passes over; so
 * reading does not look at what flags say of each other.
 */
public final class FlagDocument {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private FlagDocument() {}

  /** The document, one line of text. */
  public static String text(Flags flags) {
    Map<String, Object> form = new LinkedHashMap<>();
    form.put("definitions", flags.definitions().stream().map(FlagForm::of).toList());
    form.put("segments", flags.segments().stream().map(FlagForm::of).toList());
    form.put("holdouts", flags.holdouts().stream().map(FlagForm::of).toList());
    return new JsonObject(form).encode();
  }

  /**
   * Reads a document.
   *
   * @param name what stands before the pointer of a problem
   * @param problems gets every error; the result may be used only when it holds none
   */
  public static Flags read(String text, String name, Problems problems) {
    try {
      JsonCursor root = new JsonCursor(name + " ", JSON.readTree(text), "", problems);
      Flags flags =
          new Flags(
              root.objects("definitions", flag -> FlagReader.flag(flag, "server")),
              root.objects("segments", FlagReader::segment),
              root.objects("holdouts", FlagReader::holdout));
      root.checkUnknown();
      return flags;
    } catch (JsonProcessingException e) {
      problems.error(name, "is not JSON");
      return Flags.NONE;
    }
  }
}
