package io.growthbus.ingest.core.schema;

import io.growthbus.shared.domain.SemVer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * TypeScript declarations of contracts: one module text, the same for the same contracts in any
 * order. What a type cannot say (bounds, patterns) is left out; what cannot be expressed is {@code
 * unknown}.
 */
public final class TypeScriptDeclarations {
  private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_$][A-Za-z0-9_$]*");
  private static final String UNKNOWN = "unknown";

  /** Keywords that combine or refer; beside or instead of types they are not expressed. */
  private static final Set<String> COMBINING =
      Set.of("allOf", "not", "if", "$ref", "dependentSchemas", "unevaluatedProperties");

  /**
   * What to declare.
   *
   * @param event name of the event
   * @param version version of its contract
   */
  public record Contract(String event, SemVer version, ContractSchema schema) {}

  private TypeScriptDeclarations() {}

  /**
   * The declarations of the latest version of each event.
   *
   * @param contracts several versions of an event may be among them
   */
  public static String of(List<Contract> contracts) {
    Map<String, Contract> latest = new TreeMap<>();
    contracts.forEach(
        contract ->
            latest.merge(
                contract.event(),
                contract,
                (a, b) -> a.version().compareTo(b.version()) >= 0 ? a : b));
    StringBuilder out = new StringBuilder();
    out.append("// Generated from the schema registry; generate again instead of editing.\n\n");
    out.append("/** Properties of each event, by its name. */\n");
    out.append("export interface GrowthEvents {\n");
    latest
        .values()
        .forEach(
            contract -> {
              comment(out, "  ", contract.schema().source());
              out.append("  ").append(quoted(contract.event())).append(": ");
              out.append(type(contract.schema().closed(), "  ")).append(";\n");
            });
    out.append("}\n\n/** Version of each event's contract. */\n");
    out.append("export interface GrowthEventVersions {\n");
    latest
        .values()
        .forEach(
            contract ->
                out.append("  ")
                    .append(quoted(contract.event()))
                    .append(": ")
                    .append(quoted(contract.version().toString()))
                    .append(";\n"));
    out.append("}\n\nexport type GrowthEventName = keyof GrowthEvents;\n");
    return out.toString();
  }

  private static String type(@Nullable Object schema, String indent) {
    if (Boolean.FALSE.equals(schema)) {
      return "never";
    }
    Map<String, @Nullable Object> s = Json.object(schema);
    if (s.keySet().stream().anyMatch(COMBINING::contains)) {
      return UNKNOWN;
    }
    if (s.containsKey("const") || s.containsKey("enum")) {
      return literals(ValueTypes.values(s));
    }
    for (String union : List.of("anyOf", "oneOf")) {
      if (s.containsKey(union)) {
        return s.containsKey("type") || s.containsKey("properties")
            ? UNKNOWN
            : union(Json.array(s.get(union)).stream().map(part -> type(part, indent)).toList());
      }
    }
    Object declared = s.get("type");
    if (declared == null) {
      return s.containsKey("properties") ? object(s, indent) : UNKNOWN;
    }
    List<?> words = declared instanceof List<?> list ? list : List.of(declared);
    return union(words.stream().map(word -> named(String.valueOf(word), s, indent)).toList());
  }

  private static String named(String word, Map<String, @Nullable Object> schema, String indent) {
    return switch (word) {
      case "null", "boolean", "string" -> word;
      case "integer", "number" -> "number";
      case "array" ->
          schema.containsKey("prefixItems")
              ? "unknown[]"
              : "Array<"
                  + (schema.containsKey("items") ? type(schema.get("items"), indent) : UNKNOWN)
                  + ">";
      case "object" -> object(schema, indent);
      default -> UNKNOWN;
    };
  }

  private static String union(List<String> parts) {
    Set<String> distinct = new LinkedHashSet<>(parts);
    if (distinct.contains(UNKNOWN) || distinct.isEmpty()) {
      return UNKNOWN;
    }
    return String.join(" | ", new TreeSet<>(distinct));
  }

  private static String literals(List<@Nullable Object> values) {
    List<String> parts = new ArrayList<>();
    for (Object value : values) {
      if (value instanceof Map || value instanceof List) {
        return UNKNOWN;
      }
      parts.add(
          value instanceof String text
              ? quoted(text)
              : value instanceof Number number
                  ? Json.decimal(number).stripTrailingZeros().toPlainString()
                  : String.valueOf(value));
    }
    return union(parts);
  }

  private static String object(Map<String, @Nullable Object> schema, String indent) {
    Object others = schema.getOrDefault("additionalProperties", true);
    boolean open = !Boolean.FALSE.equals(others) || schema.containsKey("patternProperties");
    Map<String, @Nullable Object> properties = new TreeMap<>(Json.object(schema.get("properties")));
    List<@Nullable Object> required = Json.array(schema.get("required"));
    if (properties.isEmpty() && required.isEmpty()) {
      return "Record<string, " + (open ? others(schema, others, indent) : "never") + ">";
    }
    required.stream()
        .map(String::valueOf)
        .forEach(name -> properties.putIfAbsent(name, open ? others : false));
    String deeper = indent + "  ";
    StringBuilder out = new StringBuilder("{\n");
    properties.forEach(
        (name, property) -> {
          comment(out, deeper, Json.object(property));
          out.append(deeper).append(IDENTIFIER.matcher(name).matches() ? name : quoted(name));
          out.append(required.contains(name) ? ": " : "?: ");
          out.append(type(property, deeper)).append(";\n");
        });
    if (open) {
      out.append(deeper).append("[name: string]: unknown;\n");
    }
    return out.append(indent).append('}').toString();
  }

  private static String others(
      Map<String, @Nullable Object> schema, @Nullable Object others, String indent) {
    return schema.containsKey("patternProperties") ? UNKNOWN : type(others, indent);
  }

  private static void comment(
      StringBuilder out, String indent, Map<String, @Nullable Object> schema) {
    if (schema.get("description") instanceof String text && !text.isBlank()) {
      String line = text.strip().replaceAll("\\s+", " ").replace("*/", "*\\/");
      out.append(indent).append("/** ").append(line).append(" */\n");
    }
  }

  /** A string literal that is valid in any TypeScript source, whatever the text holds. */
  private static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20 || c > 0x7e) {
        out.append("\\u%04x".formatted((int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }
}
