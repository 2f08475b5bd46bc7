package io.growthbus.ingest.core.schema;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * What a contract may hold beyond being a valid schema: it describes an object, stands alone, and
 * does not refer to itself, so that holding an event against it always ends.
 */
public final class SchemaRules {
  /** The dialect; the only one that {@code $schema} may name. */
  public static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";

  /** Deepest nesting of a contract's text; events themselves nest eight deep. */
  public static final int DEPTH = 48;

  private static final String DEFINITIONS = "#/$defs/";
  private static final Set<String> FOREIGN =
      Set.of("$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$vocabulary");

  /** Keywords whose value maps names of the sender's to schemas. */
  private static final Set<String> NAMING =
      Set.of("properties", "patternProperties", "dependentSchemas", "$defs");

  /** Keywords whose value is data, not a schema. */
  private static final Set<String> DATA =
      Set.of("enum", "const", "default", "examples", "required", "dependentRequired");

  /**
   * What is wrong with a contract.
   *
   * @param pointer JSON pointer into the schema
   * @param reason what to write instead
   */
  public record Problem(String pointer, String reason) {}

  private final Map<String, Set<String>> references = new HashMap<>();
  private final Set<String> definitions;
  private @Nullable Problem problem;

  private SchemaRules(Map<String, @Nullable Object> schema) {
    definitions = Json.object(schema.get("$defs")).keySet();
  }

  /** The first thing that is wrong, if any. */
  public static Optional<Problem> check(ContractSchema contract) {
    Map<String, @Nullable Object> schema = contract.source();
    SchemaRules rules = new SchemaRules(schema);
    if (!schema.getOrDefault("type", "object").equals("object")) {
      rules.note("/type", "properties are an object, so it must be \"object\"");
    }
    rules.walk("", "", schema, false);
    Json.object(schema.get("$defs"))
        .forEach(
            (name, definition) ->
                rules.walk(name, Json.pointer("/$defs", name), definition, false));
    rules.cycles();
    return Optional.ofNullable(rules.problem);
  }

  private void note(String pointer, String reason) {
    if (problem == null) {
      problem = new Problem(pointer, reason);
    }
  }

  /**
   * @param owner the definition that is walked, empty for the contract itself
   * @param names whether the keys of the value are names and not keywords
   */
  private void walk(String owner, String at, @Nullable Object value, boolean names) {
    if (at.chars().filter(c -> c == '/').count() > DEPTH) {
      note(at.substring(0, at.indexOf('/', 1)), "is nested more than " + DEPTH + " deep");
      return;
    }
    List<@Nullable Object> elements = Json.array(value);
    for (int i = 0; i < elements.size(); i++) {
      walk(owner, at + "/" + i, elements.get(i), false);
    }
    Json.object(value)
        .forEach(
            (key, child) -> {
              String pointer = Json.pointer(at, key);
              if (!names) {
                keyword(owner, pointer, key, child);
              }
              if (names || !(DATA.contains(key) || pointer.equals("/$defs"))) {
                walk(owner, pointer, child, !names && NAMING.contains(key));
              }
            });
  }

  private void keyword(String owner, String pointer, String keyword, @Nullable Object value) {
    if (FOREIGN.contains(keyword)) {
      note(pointer, "a contract stands alone; use $defs and $ref");
    } else if (keyword.equals("$schema") && !DIALECT.equals(value)) {
      note(pointer, "only JSON Schema 2020-12 is understood: " + DIALECT);
    } else if (keyword.equals("pattern")) {
      pattern(pointer, String.valueOf(value));
    } else if (keyword.equals("patternProperties")) {
      Json.object(value).keySet().forEach(name -> pattern(Json.pointer(pointer, name), name));
    } else if (keyword.equals("$ref")) {
      String target = String.valueOf(value);
      String name =
          target.startsWith(DEFINITIONS)
              ? target.substring(DEFINITIONS.length()).replace("~1", "/").replace("~0", "~")
              : "";
      if (!definitions.contains(name)) {
        note(pointer, "must be " + DEFINITIONS + " and the name of a definition");
      }
      references.computeIfAbsent(owner, o -> new LinkedHashSet<>()).add(name);
    }
  }

  private void pattern(String pointer, String regex) {
    try {
      Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      note(pointer, "is not a regular expression");
    }
  }

  private void cycles() {
    Set<String> done = new HashSet<>();
    definitions.forEach(name -> follow(name, new LinkedHashSet<>(), done));
  }

  private void follow(String name, Set<String> path, Set<String> done) {
    if (!path.add(name)) {
      note(Json.pointer("/$defs", name), "must not refer to itself");
      return;
    }
    if (done.add(name)) {
      references.getOrDefault(name, Set.of()).forEach(next -> follow(next, path, done));
    }
    path.remove(name);
  }
}
