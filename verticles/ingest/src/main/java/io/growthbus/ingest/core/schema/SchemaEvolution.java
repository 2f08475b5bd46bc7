package io.growthbus.ingest.core.schema;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How far one version of a contract is from an earlier one, in the steps of Iglu's
 * model-revision-addition: an optional property more is an addition, a wider type, enum or bound is
 * a revision, everything else is a new model.
 *
 * <p>Design. A schema is the conjunction of its keywords. The newer one accepts all that the older
 * one does if each keyword of the newer is implied by one of the older; that is decided keyword by
 * keyword. Keywords whose implication cannot be told (patterns, combinations, conditions,
 * references) must be equal or, where nothing else depends on them, gone. The answer errs on one
 * side only: what is called compatible is, but an exotic compatible change may be called breaking.
 */
public final class SchemaEvolution {

  /** The distance, smallest first. */
  public enum Step {
    /** The same, or different in words for humans only. */
    NONE,
    /** Optional properties more. */
    ADDITION,
    /** Accepts values that the older one did not. */
    WIDENING,
    /** Refuses values that the older one accepted, as far as can be told. */
    BREAKING
  }

  /**
   * The largest step between two versions.
   *
   * @param pointer JSON pointer into the newer schema (for what is gone, into the older) to the
   *     first place of the largest step
   * @param reason what was done there, in words that follow "it"
   */
  public record Finding(Step step, String pointer, String reason) {}

  /** Keywords that accept and refuse nothing; {@code format} is one in 2020-12. */
  private static final Set<String> WORDS =
      Set.of(
          "title",
          "description",
          "default",
          "examples",
          "deprecated",
          "readOnly",
          "writeOnly",
          "format",
          "contentEncoding",
          "contentMediaType",
          "contentSchema",
          "$comment",
          "$schema");

  /** Keywords that have a comparison of their own here. */
  private static final Set<String> UNDERSTOOD =
      Set.of(
          "type",
          "enum",
          "const",
          "minimum",
          "exclusiveMinimum",
          "maximum",
          "exclusiveMaximum",
          "minLength",
          "maxLength",
          "minItems",
          "maxItems",
          "minProperties",
          "maxProperties",
          "required",
          "properties",
          "additionalProperties",
          "items",
          "$defs");

  private Finding largest = new Finding(Step.NONE, "", "is the same");

  private SchemaEvolution() {}

  /** The step from one version of a contract to a newer one. */
  public static Finding between(ContractSchema older, ContractSchema newer) {
    SchemaEvolution evolution = new SchemaEvolution();
    evolution.definitions(older.source(), newer.source());
    evolution.compare("", older.closed(), newer.closed());
    return evolution.largest;
  }

  private void note(Step step, String pointer, String reason) {
    if (step.compareTo(largest.step()) > 0) {
      largest = new Finding(step, pointer, reason);
    }
  }

  private void definitions(
      Map<String, @Nullable Object> older, Map<String, @Nullable Object> newer) {
    Map<String, @Nullable Object> now = Json.object(newer.get("$defs"));
    Json.object(older.get("$defs"))
        .forEach(
            (name, definition) -> {
              if (!now.containsKey(name) || !Json.equal(definition, now.get(name))) {
                note(Step.BREAKING, Json.pointer("/$defs", name), "changes a definition");
              }
            });
  }

  private void compare(String at, @Nullable Object older, @Nullable Object newer) {
    if (Json.equal(older, newer)) {
      return;
    }
    if (Boolean.FALSE.equals(older) || acceptsAll(newer)) {
      if (!acceptsAll(older)) {
        note(Step.WIDENING, at, "accepts more values");
      }
      return;
    }
    if (Boolean.FALSE.equals(newer)) {
      note(Step.BREAKING, at, "accepts nothing any more");
      return;
    }
    Map<String, @Nullable Object> before = Json.object(older);
    Map<String, @Nullable Object> now = Json.object(newer);
    for (String keyword : List.of("unevaluatedProperties", "unevaluatedItems")) {
      if (now.containsKey(keyword)) {
        note(Step.BREAKING, Json.pointer(at, keyword), "stands beside a change");
        return;
      }
    }
    opaque(at, before, now);
    types(at, before, now);
    values(at, before, now);
    new Bounds(this::note, at, before, now).compare();
    Set<ValueTypes> possible = ValueTypes.allowed(before);
    if (possible.contains(ValueTypes.OBJECT)) {
      required(at, before, now);
      properties(at, before, now);
      additional(at, before, now);
    }
    if (possible.contains(ValueTypes.ARRAY)) {
      items(at, before, now);
    }
  }

  /** Whether a schema lets every value through, as far as its keywords tell. */
  static boolean acceptsAll(@Nullable Object schema) {
    return !Boolean.FALSE.equals(schema) && WORDS.containsAll(Json.object(schema).keySet());
  }

  private void opaque(
      String at, Map<String, @Nullable Object> older, Map<String, @Nullable Object> newer) {
    newer.forEach(
        (keyword, value) -> {
          boolean known = WORDS.contains(keyword) || UNDERSTOOD.contains(keyword);
          if (!known && !(older.containsKey(keyword) && Json.equal(older.get(keyword), value))) {
            note(Step.BREAKING, Json.pointer(at, keyword), "restricts values in another way");
          }
        });
    older.forEach(
        (keyword, value) -> {
          if (!newer.containsKey(keyword) && !WORDS.contains(keyword)) {
            note(Step.WIDENING, Json.pointer(at, keyword), "no longer restricts values");
          }
        });
    // An absent minContains means 1, so dropping a lower one would narrow.
    if (newer.containsKey("contains") && !same(older, newer, "minContains")) {
      note(Step.BREAKING, Json.pointer(at, "minContains"), "restricts values in another way");
    }
  }

  private void types(
      String at, Map<String, @Nullable Object> older, Map<String, @Nullable Object> newer) {
    if (!ValueTypes.declared(newer).containsAll(ValueTypes.allowed(older))) {
      note(Step.BREAKING, Json.pointer(at, "type"), "refuses a type that was accepted");
    } else if (!ValueTypes.declared(newer).equals(ValueTypes.declared(older))) {
      note(Step.WIDENING, Json.pointer(at, "type"), "accepts another type");
    }
  }

  private void values(
      String at, Map<String, @Nullable Object> older, Map<String, @Nullable Object> newer) {
    List<@Nullable Object> before = ValueTypes.values(older);
    for (String keyword : List.of("enum", "const")) {
      if (!newer.containsKey(keyword)) {
        continue;
      }
      List<@Nullable Object> now =
          keyword.equals("const")
              ? java.util.Collections.singletonList(newer.get(keyword))
              : Json.array(newer.get(keyword));
      boolean kept =
          !before.isEmpty()
              && before.stream().allMatch(v -> now.stream().anyMatch(n -> Json.equal(v, n)));
      if (!kept) {
        note(Step.BREAKING, Json.pointer(at, keyword), "refuses a value that was accepted");
      } else if (now.size() > before.size()) {
        note(Step.WIDENING, Json.pointer(at, keyword), "accepts another value");
      }
    }
  }

  private void required(
      String at, Map<String, @Nullable Object> older, Map<String, @Nullable Object> newer) {
    List<@Nullable Object> before = Json.array(older.get("required"));
    List<@Nullable Object> now = Json.array(newer.get("required"));
    for (int i = 0; i < now.size(); i++) {
      if (!before.contains(now.get(i))) {
        note(
            Step.BREAKING,
            Json.pointer(at, "required") + "/" + i,
            "requires a property that was not required");
      }
    }
    if (!now.containsAll(before)) {
      note(Step.WIDENING, Json.pointer(at, "required"), "no longer requires a property");
    }
  }

  private void properties(
      String at, Map<String, @Nullable Object> older, Map<String, @Nullable Object> newer) {
    Map<String, @Nullable Object> before = Json.object(older.get("properties"));
    Object others = other(older);
    Json.object(newer.get("properties"))
        .forEach(
            (name, property) -> {
              String pointer = Json.pointer(Json.pointer(at, "properties"), name);
              if (before.containsKey(name)) {
                compare(pointer, before.get(name), property);
              } else if (older.containsKey("patternProperties")) {
                // The name may match a pattern, so nothing is known of its values.
                compare(pointer, true, property);
              } else if (Boolean.FALSE.equals(others)) {
                note(Step.ADDITION, pointer, "is a new optional property");
              } else {
                compare(pointer, others, property);
              }
            });
  }

  private void additional(
      String at, Map<String, @Nullable Object> older, Map<String, @Nullable Object> newer) {
    if (!newer.containsKey("additionalProperties")) {
      return;
    }
    String pointer = Json.pointer(at, "additionalProperties");
    if (!same(older, newer, "patternProperties")) {
      note(Step.BREAKING, Json.pointer(at, "patternProperties"), "stands beside a change");
    }
    Object others = other(newer);
    Map<String, @Nullable Object> now = Json.object(newer.get("properties"));
    Json.object(older.get("properties"))
        .forEach(
            (name, property) -> {
              if (!now.containsKey(name)) {
                compare(Json.pointer(Json.pointer(at, "properties"), name), property, others);
              }
            });
    compare(pointer, other(older), others);
  }

  private void items(
      String at, Map<String, @Nullable Object> older, Map<String, @Nullable Object> newer) {
    if (!newer.containsKey("items")) {
      return;
    }
    if (!same(older, newer, "prefixItems")) {
      note(Step.BREAKING, Json.pointer(at, "prefixItems"), "stands beside a change");
    }
    compare(
        Json.pointer(at, "items"),
        older.containsKey("items") ? older.get("items") : true,
        newer.get("items"));
  }

  private static @Nullable Object other(Map<String, @Nullable Object> schema) {
    return schema.containsKey("additionalProperties") ? schema.get("additionalProperties") : true;
  }

  private static boolean same(
      Map<String, @Nullable Object> older, Map<String, @Nullable Object> newer, String keyword) {
    return older.containsKey(keyword) == newer.containsKey(keyword)
        && Json.equal(older.get(keyword), newer.get(keyword));
  }
}
