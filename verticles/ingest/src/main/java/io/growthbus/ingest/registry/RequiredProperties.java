package io.growthbus.ingest.registry;

import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.core.schema.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A contract that names properties and nothing else about them: each must be there and not null.
 * Decided on the names alone, without reading the values.
 */
final class RequiredProperties implements CompiledContract {
  private final List<String> required;
  private final Set<String> known;

  RequiredProperties(List<String> required) {
    this.required = List.copyOf(required);
    this.known = Set.copyOf(required);
  }

  @Override
  public List<Violation> check(TelemetryEvent event) {
    Set<String> names = event.propertyNames();
    if (names.size() == known.size() && names.containsAll(known)) {
      return List.of();
    }
    List<Violation> violations = new ArrayList<>();
    for (String name : required) {
      if (!names.contains(name)) {
        violations.add(new Violation(Violation.Kind.REQUIRED_MISSING, Pointers.property("", name)));
      }
    }
    names.stream()
        .filter(name -> !known.contains(name))
        .sorted()
        .forEach(
            name ->
                violations.add(
                    new Violation(
                        Violation.Kind.ADDITIONAL_PROPERTY, Pointers.property("", name))));
    return violations;
  }
}
