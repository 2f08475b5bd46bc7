package io.growthbus.ingest.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.path.NodePath;
import io.growthbus.ingest.core.TelemetryEvent;
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
    List<Error> errors;
    try {
      errors = schema.validate(JSON.readTree(json));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an accepted event holds properties that are not JSON", e);
    }
    if (errors.isEmpty()) {
      return List.of();
    }
    List<Violation> violations = new ArrayList<>(errors.size());
    errors.forEach(error -> violations.add(violation(error)));
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

  private static boolean isAlternative(NodePath path) {
    for (int i = 0; i < path.getNameCount(); i++) {
      if (path.getElement(i) instanceof String name && ALTERNATIVES.contains(name)) {
        return true;
      }
    }
    return false;
  }
}
