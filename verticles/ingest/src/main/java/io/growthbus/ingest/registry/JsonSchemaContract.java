package io.growthbus.ingest.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.path.NodePath;
import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.core.privacy.Marker;
import io.growthbus.ingest.core.schema.ContractSchema.Names;
import io.growthbus.ingest.core.schema.Violation;
import io.growthbus.ingest.core.schema.Violation.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A contract that is a JSON Schema. One that speaks of names alone is decided on the names; the
 * values are read only when those do not fit.
 */
final class JsonSchemaContract implements CompiledContract {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Keywords below which an error only says that one alternative does not fit. */
  private static final Set<String> ALTERNATIVES = Set.of("anyOf", "oneOf", "contains");

  /** Keywords whose verdict on a value depends on what stands inside of it. */
  private static final Set<String> WHOLE =
      Set.of("enum", "const", "uniqueItems", "contains", "minContains", "maxContains");

  /** Keywords below which a verdict depends on other parts of the same value. */
  private static final Set<String> CONDITIONS =
      Set.of("anyOf", "oneOf", "contains", "not", "if", "then", "else", "propertyNames");

  private final Schema schema;
  private final Optional<Names> names;

  JsonSchemaContract(Schema schema, Optional<Names> names) {
    this.schema = schema;
    this.names = names;
  }

  @Override
  public List<Violation> check(TelemetryEvent event) {
    String json = event.propertiesJson();
    if (names.isPresent() && names.get().fit(event.propertyNames(), json.contains("null"))) {
      return List.of();
    }
    JsonNode properties;
    try {
      properties = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an accepted event holds properties that are not JSON", e);
    }
    List<Error> errors = schema.validate(properties);
    if (errors.isEmpty()) {
      return List.of();
    }
    boolean scrubbed = Marker.isIn(json);
    List<Violation> violations = new ArrayList<>(errors.size());
    for (Error error : errors) {
      if (!scrubbed || !isOfScrubbed(error, properties)) {
        violations.add(violation(error));
      }
    }
    return violations.stream().distinct().toList();
  }

  private static Violation violation(Error error) {
    String place = error.getInstanceLocation().toString();
    String property = error.getProperty();
    if (property != null && !isAlternative(error.getEvaluationPath())) {
      switch (error.getKeyword()) {
        case "required" -> {
          return new Violation(Kind.REQUIRED_MISSING, Pointers.property(place, property));
        }
        case "additionalProperties", "unevaluatedProperties" -> {
          return new Violation(Kind.ADDITIONAL_PROPERTY, Pointers.property(place, property));
        }
        default -> {
          // Every other keyword speaks of the value at the place.
        }
      }
    }
    return new Violation(Kind.WRONG_TYPE, Pointers.place(place));
  }

  /**
   * Whether an error may be there only because something was scrubbed: what a marker stands for is
   * not known any more, and it is not the sender who wrote it.
   */
  private static boolean isOfScrubbed(Error error, JsonNode properties) {
    String place = error.getInstanceLocation().toString();
    String property = error.getProperty();
    if (property != null && Marker.isIn(property)) {
      return true;
    }
    JsonNode value = properties.at(place);
    if (value.isTextual() && Marker.isIn(value.textValue())) {
      return true;
    }
    if (error.getKeyword().equals("not") || isBelow(CONDITIONS, error.getEvaluationPath())) {
      int end = place.indexOf('/', 1);
      String top = place.isEmpty() ? "" : end < 0 ? place : place.substring(0, end);
      return Marker.isIn(properties.at(isAtRoot(error) ? "" : top).toString());
    }
    return WHOLE.contains(error.getKeyword()) && Marker.isIn(value.toString());
  }

  /** Whether the condition is one of the contract itself and not of a property. */
  private static boolean isAtRoot(Error error) {
    return !(error.getEvaluationPath().getElement(0) instanceof String first)
        || !first.equals("properties");
  }

  private static boolean isAlternative(NodePath path) {
    return isBelow(ALTERNATIVES, path);
  }

  private static boolean isBelow(Set<String> keywords, NodePath path) {
    for (int i = 0; i < path.getNameCount(); i++) {
      if (path.getElement(i) instanceof String name && keywords.contains(name)) {
        return true;
      }
    }
    return false;
  }
}
