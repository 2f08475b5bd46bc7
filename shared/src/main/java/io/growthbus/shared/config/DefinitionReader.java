package io.growthbus.shared.config;

import com.fasterxml.jackson.databind.JsonNode;
import io.growthbus.shared.domain.FieldProblem;
import io.growthbus.shared.domain.Keys;
import io.growthbus.shared.flags.Definition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.settings.Problems;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Reads definitions that operators send, in the form of {@code growth.json}. */
public final class DefinitionReader {
  /** Parts of {@code growth.json} beside the flags, which are changed in the file. */
  private static final List<String> OTHER_PARTS =
      List.of(
          "telemetry", "entitlements", "meters", "activation", "consent", "privacy", "identity");

  /** What an answer shows beside a definition, so that it may be sent back as it came. */
  static final List<String> SHOWN_ONLY = List.of("source", "updated_at");

  private DefinitionReader() {}

  /**
   * Flags of a document.
   *
   * @param kinds the kinds of which it holds a list
   * @param others parts of {@code growth.json} beside the flags that it holds
   */
  public record Document(Flags flags, Set<Definition.Kind> kinds, List<String> others) {
    public Document {
      kinds = Set.copyOf(kinds);
      others = List.copyOf(others);
    }
  }

  /** Whether a text may be the key of a definition. */
  public static boolean isKey(String text) {
    return Keys.isKey(text);
  }

  /**
   * Reads one definition. What it says of others is not checked.
   *
   * @param text a JSON object
   * @param key its key, which a {@code key} in the text must equal
   * @param evaluator where a flag that says nothing of it may be evaluated
   * @param problems gets every error
   * @return empty when the text is no object; else to be used only without an error
   */
  public static Optional<Definition> read(
      Definition.Kind kind, String text, String key, Surface evaluator, Problems problems) {
    return storable(text, problems)
        .map(
            at -> {
              if (!at.text("key", key).equals(key)) {
                at.error("key", "must be the key in the path");
              }
              SHOWN_ONLY.forEach(at::has);
              Definition read =
                  switch (kind) {
                    case FLAG -> FlagReader.flag(at, key, word(evaluator));
                    case SEGMENT -> FlagReader.segment(at, key);
                    case HOLDOUT -> FlagReader.holdout(at, key);
                  };
              at.checkUnknown();
              return read;
            });
  }

  /**
   * Reads a document: {@code growth.json} or its part {@code flags} alone.
   *
   * @param problems gets every error, that of references among the definitions excepted
   * @return empty when the text is no object; else to be used only without an error
   */
  public static Optional<Document> document(String text, Problems problems) {
    return storable(text, problems).map(root -> document(root, problems));
  }

  private static Document document(JsonCursor root, Problems problems) {
    if (!root.has("flags")) {
      root.error("flags", "is missing; write an object such as that of growth.json");
    }
    List<String> others = OTHER_PARTS.stream().filter(root::has).toList();
    JsonCursor part = root.object("flags");
    Set<Definition.Kind> kinds = EnumSet.noneOf(Definition.Kind.class);
    if (part.has("definitions")) {
      kinds.add(Definition.Kind.FLAG);
    }
    if (part.has("segments")) {
      kinds.add(Definition.Kind.SEGMENT);
    }
    if (part.has("holdouts")) {
      kinds.add(Definition.Kind.HOLDOUT);
    }
    Flags flags = GrowthConfigReader.flags(part);
    root.checkUnknown();
    GrowthConfigCheck.uniqueFlags("", flags, problems);
    return new Document(flags, kinds, others);
  }

  /** The object that a text is, if every store takes its texts. */
  static Optional<JsonCursor> storable(String text, Problems problems) {
    return JsonText.object(text, problems)
        .filter(
            at -> {
              JsonNode document = at.node();
              boolean storable = JsonText.isStorable(document);
              if (!storable) {
                problems.error("/", "must not hold NUL or half of a surrogate pair");
              }
              return storable;
            });
  }

  /** The errors as problems of a request. */
  public static List<FieldProblem> fields(Problems problems) {
    return problems.details().stream()
        .map(problem -> new FieldProblem(problem.where(), problem.what()))
        .toList();
  }

  private static String word(Surface surface) {
    return surface.name().toLowerCase(Locale.ROOT);
  }
}
