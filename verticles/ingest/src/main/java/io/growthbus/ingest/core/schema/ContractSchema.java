package io.growthbus.ingest.core.schema;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The JSON Schema 2020-12 of an event's properties.
 *
 * <p>A contract names what it knows: an object schema that lists {@code properties} and says
 * nothing about others knows no others. They do not make an event invalid, they are a kind of
 * violation of their own; {@code "additionalProperties": true} says that any are welcome.
 *
 * @param source the schema as published
 */
public record ContractSchema(Map<String, @Nullable Object> source) {
  /** Keywords beside which closing an object would forbid what another part of it allows. */
  private static final Set<String> OPEN =
      Set.of(
          "additionalProperties",
          "unevaluatedProperties",
          "allOf",
          "anyOf",
          "oneOf",
          "not",
          "if",
          "dependentSchemas",
          "$ref");

  /** Keywords of a contract that speaks of names, and words for humans. */
  private static final Set<String> NAMING =
      Set.of(
          "type",
          "required",
          "properties",
          "additionalProperties",
          "title",
          "description",
          "$schema",
          "$comment");

  private static final Map<String, Object> NOT_NULL = Map.of("not", Map.of("type", "null"));

  /** The contract that asks for nothing but that some properties are there and not null. */
  public static ContractSchema requiring(List<String> names) {
    Map<String, @Nullable Object> properties = new LinkedHashMap<>();
    names.forEach(name -> properties.put(name, NOT_NULL));
    return new ContractSchema(
        Map.of("type", "object", "properties", properties, "required", List.copyOf(names)));
  }

  /**
   * The schema with every object that names its properties closed; what events are held against.
   */
  public Map<String, @Nullable Object> closed() {
    return Json.object(close(source));
  }

  private static @Nullable Object close(@Nullable Object schema) {
    if (!(schema instanceof Map)) {
      return schema;
    }
    Map<String, @Nullable Object> closed = new LinkedHashMap<>(Json.object(schema));
    if (closed.get("properties") instanceof Map<?, ?>) {
      Map<String, @Nullable Object> properties = new LinkedHashMap<>();
      Json.object(closed.get("properties"))
          .forEach((name, property) -> properties.put(name, close(property)));
      if (closed.keySet().stream().noneMatch(OPEN::contains)) {
        // To require a property is to name it.
        Json.array(closed.get("required"))
            .forEach(name -> properties.putIfAbsent(String.valueOf(name), true));
        closed.put("additionalProperties", false);
      }
      closed.put("properties", properties);
    }
    if (closed.containsKey("items")) {
      closed.put("items", close(closed.get("items")));
    }
    return closed;
  }

  /** Keywords whose schemas, one or several, speak of the same object. */
  private static final Set<String> IN_PLACE =
      Set.of("allOf", "anyOf", "oneOf", "if", "then", "else");

  /**
   * Names of the properties that it describes or requires, wherever it does. That any others are
   * welcome, or those that match a pattern, names none of them.
   */
  public Set<String> propertyNames() {
    Set<String> names = new HashSet<>();
    name(source, names, new HashSet<>());
    return Set.copyOf(names);
  }

  private void name(@Nullable Object schema, Set<String> names, Set<String> followed) {
    if (!(schema instanceof Map)) {
      return;
    }
    Map<String, @Nullable Object> keywords = Json.object(schema);
    names.addAll(Json.object(keywords.get("properties")).keySet());
    Json.array(keywords.get("required")).forEach(name -> names.add(String.valueOf(name)));
    for (String keyword : IN_PLACE) {
      Object inside = keywords.get(keyword);
      Json.array(inside).forEach(each -> name(each, names, followed));
      name(inside, names, followed);
    }
    Json.object(keywords.get("dependentSchemas"))
        .forEach(
            (property, dependent) -> {
              names.add(property);
              name(dependent, names, followed);
            });
    if (keywords.get("$ref") instanceof String target && followed.add(target)) {
      name(definition(target), names, followed);
    }
  }

  private @Nullable Object definition(String reference) {
    String name = reference.substring(reference.lastIndexOf('/') + 1);
    return Json.object(source.get("$defs")).get(name.replace("~1", "/").replace("~0", "~"));
  }

  /**
   * What a contract asks of the names alone.
   *
   * @param required names that must be there
   * @param known all names that it has, or null when any other is welcome too
   */
  public record Names(Set<String> required, @Nullable Set<String> known) {

    /**
     * Whether properties of these names keep the contract, whatever their values.
     *
     * @param names names of the properties that are not null
     * @param nulls whether there may be further ones that are
     */
    public boolean fit(Set<String> names, boolean nulls) {
      return names.containsAll(required) && (known == null || (!nulls && known.containsAll(names)));
    }
  }

  /** What it asks of names, if it asks nothing else: no type, no bound. */
  public Optional<Names> namesOnly() {
    Map<String, @Nullable Object> closed = closed();
    Map<String, @Nullable Object> properties = Json.object(closed.get("properties"));
    Set<String> required = new HashSet<>();
    Json.array(closed.get("required")).forEach(name -> required.add(String.valueOf(name)));
    boolean shut = Boolean.FALSE.equals(closed.get("additionalProperties"));
    boolean onlyNames =
        NAMING.containsAll(closed.keySet())
            && (shut
                || SchemaEvolution.acceptsAll(closed.getOrDefault("additionalProperties", true)))
            && properties.entrySet().stream()
                .allMatch(
                    property ->
                        SchemaEvolution.acceptsAll(property.getValue())
                            || (required.contains(property.getKey())
                                && Json.equal(property.getValue(), NOT_NULL)));
    return onlyNames
        ? Optional.of(new Names(required, shut ? Set.copyOf(properties.keySet()) : null))
        : Optional.empty();
  }
}
