package io.growthbus.edge;

import io.growthbus.shared.testing.Await;
import io.vertx.config.yaml.YamlProcessor;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * openapi.yaml, read: its operations, and a check of values against its schemas.
 *
 * <p>The check is stricter than JSON Schema, because it serves to find what the document does not
 * say: a field that no schema names is a complaint unless the schema allows additional ones.
 */
final class ApiDocument {
  private static final String POINTER = "#/";

  private final JsonObject root;

  ApiDocument(Vertx vertx) {
    Buffer yaml = vertx.fileSystem().readFileBlocking("openapi.yaml");
    this.root = Await.result(new YamlProcessor().process(vertx, new JsonObject(), yaml));
  }

  JsonObject root() {
    return root;
  }

  /** Method and path of each operation; a path parameter with an enumeration is written out. */
  Set<String> operations() {
    Set<String> operations = new TreeSet<>();
    JsonObject paths = root.getJsonObject("paths");
    for (String path : paths.fieldNames()) {
      for (String method : paths.getJsonObject(path).fieldNames()) {
        JsonObject operation = paths.getJsonObject(path).getJsonObject(method);
        for (String written : writtenOut(path, operation)) {
          operations.add(method.toUpperCase(Locale.ROOT) + " " + written);
        }
      }
    }
    return operations;
  }

  private List<String> writtenOut(String path, JsonObject operation) {
    List<String> paths = List.of(path);
    for (Object element : operation.getJsonArray("parameters", new JsonArray())) {
      JsonObject parameter = resolve((JsonObject) element);
      JsonArray words = parameter.getJsonObject("schema").getJsonArray("enum");
      if ("path".equals(parameter.getString("in")) && words != null) {
        List<String> more = new ArrayList<>();
        for (String each : paths) {
          words.forEach(
              word ->
                  more.add(each.replace('{' + parameter.getString("name") + '}', (String) word)));
        }
        paths = more;
      }
    }
    return paths;
  }

  /** An operation by method and template. */
  JsonObject operation(String method, String template) {
    return Objects.requireNonNull(
        root.getJsonObject("paths")
            .getJsonObject(template, new JsonObject())
            .getJsonObject(method.toLowerCase(Locale.ROOT)),
        method + " " + template);
  }

  /** The description of a response, which must be there. */
  JsonObject response(String method, String template, int status) {
    JsonObject responses = operation(method, template).getJsonObject("responses");
    return resolve(
        Objects.requireNonNull(
            responses.getJsonObject(String.valueOf(status)),
            method + " " + template + " " + status + " is not documented"));
  }

  JsonObject resolve(JsonObject node) {
    String reference = node.getString("$ref");
    if (reference == null) {
      return node;
    }
    JsonObject found = root;
    for (String step : reference.substring(POINTER.length()).split("/", -1)) {
      found = Objects.requireNonNull(found.getJsonObject(step), reference);
    }
    return resolve(found);
  }

  /** What a value has that its schema does not say, and the other way round. */
  List<String> complaints(@Nullable Object value, JsonObject schema) {
    List<String> complaints = new ArrayList<>();
    check(value, schema, "", complaints);
    return complaints;
  }

  private void check(
      @Nullable Object value, JsonObject reference, String where, List<String> complaints) {
    JsonObject schema = resolve(reference);
    JsonArray all = schema.getJsonArray("allOf", new JsonArray());
    all.forEach(part -> check(value, (JsonObject) part, where, complaints));
    JsonArray alternatives = schema.getJsonArray("oneOf");
    if (alternatives != null
        && alternatives.stream()
                .filter(alternative -> complaints(value, (JsonObject) alternative).isEmpty())
                .count()
            != 1) {
      complaints.add(where + " fits not exactly one alternative");
    }
    if (schema.containsKey("type")
        && !types(schema).contains(typeOf(value))
        && !(types(schema).contains("number") && typeOf(value).equals("integer"))) {
      complaints.add(where + " is " + typeOf(value) + " instead of " + types(schema));
      return;
    }
    checkWords(value, schema, where, complaints);
    if (value instanceof JsonObject object) {
      checkFields(object, schema, where, complaints);
    } else if (value instanceof JsonArray array && schema.containsKey("items")) {
      for (int i = 0; i < array.size(); i++) {
        check(array.getValue(i), schema.getJsonObject("items"), where + "/" + i, complaints);
      }
    }
  }

  private static void checkWords(
      @Nullable Object value, JsonObject schema, String where, List<String> complaints) {
    if (schema.containsKey("const") && !Objects.equals(schema.getValue("const"), value)) {
      complaints.add(where + " is not the constant");
    }
    JsonArray words = schema.getJsonArray("enum");
    if (words != null && !words.getList().contains(value)) {
      complaints.add(where + " is none of " + words);
    }
    String pattern = schema.getString("pattern");
    if (pattern != null && value instanceof String text && !text.matches(pattern)) {
      complaints.add(where + " does not match " + pattern);
    }
    if (value instanceof Number number
        && (number.doubleValue() < schema.getDouble("minimum", Double.NEGATIVE_INFINITY)
            || number.doubleValue() > schema.getDouble("maximum", Double.POSITIVE_INFINITY))) {
      complaints.add(where + " is out of range");
    }
  }

  private void checkFields(
      JsonObject object, JsonObject schema, String where, List<String> complaints) {
    JsonObject properties = schema.getJsonObject("properties", new JsonObject());
    Object additional = schema.getValue("additionalProperties");
    boolean free = properties.isEmpty() && additional == null;
    for (Object required : schema.getJsonArray("required", new JsonArray())) {
      if (!object.containsKey((String) required)) {
        complaints.add(where + "/" + required + " is missing");
      }
    }
    for (String field : object.fieldNames()) {
      if (properties.containsKey(field)) {
        check(
            object.getValue(field),
            properties.getJsonObject(field),
            where + "/" + field,
            complaints);
      } else if (additional instanceof JsonObject other) {
        check(object.getValue(field), other, where + "/" + field, complaints);
      } else if (!Boolean.TRUE.equals(additional) && !free && schema.containsKey("type")) {
        complaints.add(where + "/" + field + " is not documented");
      }
    }
  }

  private static List<?> types(JsonObject schema) {
    Object type = schema.getValue("type");
    return type instanceof JsonArray several ? several.getList() : List.of(type);
  }

  private static String typeOf(@Nullable Object value) {
    if (value == null) {
      return "null";
    }
    if (value instanceof String) {
      return "string";
    }
    if (value instanceof Boolean) {
      return "boolean";
    }
    if (value instanceof Integer || value instanceof Long) {
      return "integer";
    }
    if (value instanceof Number) {
      return "number";
    }
    return value instanceof JsonArray ? "array" : "object";
  }
}
