package io.growthbus.ingest.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.growthbus.ingest.core.EventWith;
import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.core.schema.ContractSchema;
import io.growthbus.ingest.core.schema.SchemaEvolution;
import io.growthbus.ingest.core.schema.SchemaEvolution.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;
import org.jspecify.annotations.Nullable;

/**
 * What the comparison of schemas calls compatible, the validator has to bear out: every document
 * without a violation under the older schema has none under the newer one.
 */
class CompatibilityTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final SchemaCompiler COMPILER = new SchemaCompiler();
  private static final List<String> NAMES = List.of("a", "b", "c", "d");
  private static final List<String> TYPES =
      List.of("null", "boolean", "integer", "number", "string", "array", "object");
  private static final List<Object> SCALARS =
      List.of(true, false, 0, 1, -3, 2.5, 1.0, 7, "", "x", "xy", "äöü", "xyzxyz");
  private static final int DOCUMENTS = 40;

  @Property(tries = 400)
  void what_is_valid_under_the_older_of_two_compatible_schemas_is_valid_under_the_newer(
      @ForAll Random random) {
    Map<String, @Nullable Object> older = objectSchema(random, 0);
    Map<String, @Nullable Object> newer = copy(older);
    for (int i = random.nextInt(3); i >= 0; i--) {
      mutate(random, newer, 0);
    }
    Step step =
        SchemaEvolution.between(new ContractSchema(older), new ContractSchema(newer)).step();
    Statistics.label("step").collect(step);
    if (step == Step.BREAKING) {
      return;
    }
    CompiledContract before = COMPILER.compile(COMPILER.read(text(older)));
    CompiledContract after = COMPILER.compile(COMPILER.read(text(newer)));
    int valid = 0;
    for (int i = 0; i < DOCUMENTS; i++) {
      TelemetryEvent event = event(document(random, older, newer));
      if (before.check(event).isEmpty()) {
        valid++;
        assertThat(after.check(event))
            .as("%s%nolder %s%nnewer %s", event.propertiesJson(), text(older), text(newer))
            .isEmpty();
      }
    }
    Statistics.label("documents valid under the older").collect(valid == 0 ? "none" : "some");
  }

  private static Object document(
      Random random, Map<String, @Nullable Object> older, Map<String, @Nullable Object> newer) {
    // Mostly what one of the schemas asks for, so that much of it is valid.
    Object made = instance(random, random.nextInt(4) > 0 ? older : newer);
    return made instanceof Map ? made : Map.of();
  }

  /** A value that tends to fit the schema. */
  private static @Nullable Object instance(Random random, @Nullable Object schema) {
    if (!(schema instanceof Map<?, ?> s) || random.nextInt(15) == 0) {
      return anything(random, 0);
    }
    if (s.containsKey("const")) {
      return s.get("const");
    }
    if (s.get("enum") instanceof List<?> values) {
      return one(random, values);
    }
    Object type = s.get("type");
    Object word =
        type == null
            ? s.containsKey("properties") ? "object" : one(random, TYPES)
            : type instanceof List<?> list ? one(random, list) : type;
    return switch (String.valueOf(word)) {
      case "null" -> null;
      case "boolean" -> random.nextBoolean();
      case "integer" -> random.nextInt(12) - 4;
      case "number" -> (random.nextInt(24) - 8) / 2.0;
      case "string" -> "xyzäöüxyz".substring(0, random.nextInt(8));
      case "array" -> {
        List<@Nullable Object> elements = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          elements.add(instance(random, s.get("items")));
        }
        yield elements;
      }
      default -> object(random, s);
    };
  }

  private static Map<String, @Nullable Object> object(Random random, Map<?, ?> schema) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    if (schema.get("properties") instanceof Map<?, ?> properties) {
      properties.forEach(
          (name, property) -> {
            boolean required =
                schema.get("required") instanceof List<?> names && names.contains(name);
            if (required || random.nextInt(3) > 0) {
              object.put(String.valueOf(name), instance(random, property));
            }
          });
    }
    if (random.nextInt(6) == 0) {
      object.put(one(random, NAMES), anything(random, 1));
    }
    return object;
  }

  private static @Nullable Object anything(Random random, int depth) {
    int choice = random.nextInt(depth > 1 ? 8 : 10);
    if (choice == 0) {
      return null;
    }
    if (choice < 8) {
      return one(random, SCALARS);
    }
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    object.put(one(random, NAMES), anything(random, depth + 1));
    return choice == 8 ? object : new ArrayList<>(object.values());
  }

  private static Map<String, @Nullable Object> objectSchema(Random random, int depth) {
    Map<String, @Nullable Object> schema = new LinkedHashMap<>();
    if (depth == 0 || random.nextBoolean()) {
      schema.put("type", "object");
    }
    Map<String, @Nullable Object> properties = new LinkedHashMap<>();
    List<Object> required = new ArrayList<>();
    for (String name : NAMES.subList(0, 1 + random.nextInt(3))) {
      properties.put(name, valueSchema(random, depth + 1));
      if (random.nextInt(3) == 0) {
        required.add(name);
      }
    }
    schema.put("properties", properties);
    schema.put("required", required);
    if (random.nextInt(4) == 0) {
      schema.put("additionalProperties", random.nextBoolean() ? true : valueSchema(random, 2));
    }
    return schema;
  }

  private static @Nullable Object valueSchema(Random random, int depth) {
    if (depth < 3 && random.nextInt(4) == 0) {
      return objectSchema(random, depth);
    }
    Map<String, @Nullable Object> schema = new LinkedHashMap<>();
    switch (random.nextInt(8)) {
      case 0 -> {
        return random.nextInt(4) > 0;
      }
      case 1 -> schema.put("enum", new ArrayList<>(SCALARS.subList(0, 2 + random.nextInt(9))));
      case 2 -> schema.put("const", one(random, SCALARS));
      case 3 -> schema.put("type", new ArrayList<>(List.of(one(random, TYPES), "null")));
      case 4 -> {
        schema.put("type", "array");
        schema.put("items", valueSchema(random, depth + 1));
      }
      default -> schema.put("type", one(random, TYPES));
    }
    if (Set.of("null", "null null").contains(String.valueOf(schema.get("type")))
        || (schema.get("type") instanceof List<?> list && list.get(0).equals("null"))) {
      schema.put("type", "null");
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      bound(random, schema);
    }
    return schema;
  }

  private static void bound(Random random, Map<String, @Nullable Object> schema) {
    switch (random.nextInt(9)) {
      case 0 -> schema.put("minimum", random.nextInt(5) - 3);
      case 1 -> schema.put("exclusiveMinimum", random.nextInt(5) - 3);
      case 2 -> schema.put("maximum", random.nextInt(6));
      case 3 -> schema.put("exclusiveMaximum", random.nextInt(6));
      case 4 -> schema.put("minLength", random.nextInt(3));
      case 5 -> schema.put("maxLength", 1 + random.nextInt(6));
      case 6 -> schema.put("maxItems", random.nextInt(4));
      case 7 -> schema.put("pattern", random.nextBoolean() ? "x" : "^xy");
      default -> schema.put("anyOf", List.of(Map.of("type", "string"), Map.of("minimum", 0)));
    }
  }

  @SuppressWarnings("unchecked")
  private static void mutate(Random random, Map<String, @Nullable Object> schema, int depth) {
    if (schema.get("properties") instanceof Map<?, ?> declared && random.nextInt(4) > 0) {
      Map<String, @Nullable Object> properties = (Map<String, @Nullable Object>) declared;
      String name = one(random, NAMES);
      List<Object> required = new ArrayList<>((List<Object>) schema.get("required"));
      switch (random.nextInt(7)) {
        case 0 -> properties.put(name, valueSchema(random, 2));
        case 1 -> properties.remove(name);
        case 2 -> required.remove(name);
        case 3 -> {
          if (!required.contains(name)) {
            required.add(name);
          }
        }
        case 4 -> schema.put("additionalProperties", random.nextInt(3) > 0);
        case 5 -> schema.remove("additionalProperties");
        default -> {
          Object property = properties.get(name);
          if (property instanceof Map<?, ?> map) {
            mutate(random, (Map<String, @Nullable Object>) map, depth + 1);
          }
        }
      }
      schema.put("required", required);
      return;
    }
    if (depth == 0) {
      return;
    }
    List<String> keywords = new ArrayList<>(schema.keySet());
    switch (random.nextInt(4)) {
      case 0 -> bound(random, schema);
      case 1 -> {
        if (!keywords.isEmpty()) {
          String keyword = one(random, keywords);
          if (!keyword.equals("required") && !keyword.equals("properties")) {
            schema.remove(keyword);
          }
        }
      }
      case 2 -> {
        if (schema.get("enum") instanceof List<?> values) {
          List<Object> more = new ArrayList<>(values);
          more.add("another");
          schema.put("enum", more);
        }
      }
      default -> {
        if (schema.get("type") instanceof String type && !type.equals("null")) {
          schema.put("type", type.equals("integer") ? "number" : List.of(type, "null"));
        }
      }
    }
  }

  private static <T> T one(Random random, List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, @Nullable Object> copy(Map<String, @Nullable Object> schema) {
    Map<String, @Nullable Object> copy = new HashMap<>();
    schema.forEach(
        (key, value) ->
            copy.put(
                key,
                value instanceof Map<?, ?> map
                    ? copy((Map<String, @Nullable Object>) map)
                    : value));
    return copy;
  }

  private static String text(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static TelemetryEvent event(Object properties) {
    Set<String> names = new HashSet<>();
    ((Map<?, ?>) properties)
        .forEach(
            (name, value) -> {
              if (value != null) {
                names.add(String.valueOf(name));
              }
            });
    return EventWith.properties(text(properties), names);
  }
}
