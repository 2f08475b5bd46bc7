package io.growthbus.ingest.core.schema;

import java.math.BigDecimal;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What kinds of values a schema lets through, told from {@code type}, {@code enum}, {@code const}.
 */
enum ValueTypes {
  NULL,
  BOOLEAN,
  OBJECT,
  ARRAY,
  STRING,
  /** A number without a fraction; 1.0 is one. */
  INTEGER,
  FRACTION;

  static final Set<ValueTypes> NUMBERS = Set.of(INTEGER, FRACTION);

  /** Kinds that {@code type} alone lets through. */
  static Set<ValueTypes> declared(Map<String, @Nullable Object> schema) {
    Object type = schema.get("type");
    if (type == null) {
      return EnumSet.allOf(ValueTypes.class);
    }
    Set<ValueTypes> types = EnumSet.noneOf(ValueTypes.class);
    for (Object word : type instanceof List<?> list ? list : List.of(type)) {
      switch (String.valueOf(word)) {
        case "null" -> types.add(NULL);
        case "boolean" -> types.add(BOOLEAN);
        case "object" -> types.add(OBJECT);
        case "array" -> types.add(ARRAY);
        case "string" -> types.add(STRING);
        case "integer" -> types.add(INTEGER);
        default -> types.addAll(NUMBERS);
      }
    }
    return types;
  }

  /** Kinds that the schema lets through at most. */
  static Set<ValueTypes> allowed(Map<String, @Nullable Object> schema) {
    Set<ValueTypes> types = declared(schema);
    List<@Nullable Object> values = values(schema);
    if (!values.isEmpty()) {
      Set<ValueTypes> listed = EnumSet.noneOf(ValueTypes.class);
      values.forEach(value -> listed.add(of(value)));
      types.retainAll(listed);
    }
    return types;
  }

  /** The values that {@code const} or else {@code enum} lists; empty when neither is there. */
  static List<@Nullable Object> values(Map<String, @Nullable Object> schema) {
    if (schema.containsKey("const")) {
      return java.util.Collections.singletonList(schema.get("const"));
    }
    return Json.array(schema.get("enum"));
  }

  static ValueTypes of(@Nullable Object value) {
    if (value instanceof Number number) {
      BigDecimal decimal = Json.decimal(number);
      return decimal.stripTrailingZeros().scale() <= 0 ? INTEGER : FRACTION;
    }
    if (value instanceof Map) {
      return OBJECT;
    }
    if (value instanceof List) {
      return ARRAY;
    }
    return value == null ? NULL : value instanceof Boolean ? BOOLEAN : STRING;
  }
}
