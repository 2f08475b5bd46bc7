package io.growthbus.ingest.registry;

import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.core.schema.ContractSchema;
import io.growthbus.ingest.core.schema.ContractVerdict;
import io.growthbus.ingest.core.schema.PublishRules.Version;
import io.growthbus.ingest.core.schema.Versions;
import io.growthbus.ingest.core.schema.Versions.Match;
import io.growthbus.ingest.core.schema.Versions.Resolved;
import io.growthbus.ingest.core.schema.Violation;
import io.growthbus.ingest.core.schema.Violation.Kind;
import io.growthbus.ingest.core.schema.ViolationPolicy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** All contracts of one moment; immutable. */
final class Contracts {

  /**
   * A version of a contract.
   *
   * @param publishedAtMs ms since the epoch; 0 for one of {@code growth.json}
   */
  record Entry(String event, Version version, long publishedAtMs, CompiledContract compiled) {
    ContractSchema schema() {
      return version.schema();
    }
  }

  private final long revision;
  private final Map<String, Versions<Entry>> byEvent;
  private final ViolationPolicy policy;
  private final Map<String, Set<String>> propertyNames;

  Contracts(long revision, Map<String, Versions<Entry>> byEvent, ViolationPolicy policy) {
    this.revision = revision;
    this.byEvent = new TreeMap<>(byEvent);
    this.policy = policy;
    Map<String, Set<String>> names = new TreeMap<>();
    entries()
        .forEach(
            entry ->
                names
                    .computeIfAbsent(entry.event(), event -> new HashSet<>())
                    .addAll(entry.schema().propertyNames()));
    this.propertyNames = Map.copyOf(names);
  }

  /** Events with a contract, and the names of properties in any version of it. */
  Map<String, Set<String>> propertyNames() {
    return propertyNames;
  }

  long revision() {
    return revision;
  }

  /** Every version of every contract, sorted by event and version. */
  List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    byEvent.values().forEach(versions -> entries.addAll(versions.ascending()));
    return entries;
  }

  /** What becomes of an event. */
  ContractVerdict judge(TelemetryEvent event) {
    Versions<Entry> versions = byEvent.get(event.name());
    if (versions == null) {
      // Names with a dollar sign are the product's own: identify, page and the like.
      return event.name().startsWith("$")
          ? ContractVerdict.FLAWLESS
          : policy.decide(List.of(new Violation(Kind.UNPLANNED_EVENT, "/name")), true);
    }
    Resolved<Entry> found = versions.resolve(event.schemaVersion());
    if (found.match() == Match.EXACT) {
      return policy.decide(found.contract().compiled().check(event), true);
    }
    List<Violation> violations = new ArrayList<>();
    violations.add(new Violation(Kind.UNKNOWN_VERSION, "/schema_version"));
    boolean majorKnown = found.match() == Match.OTHER_OF_MAJOR;
    if (majorKnown) {
      violations.addAll(found.contract().compiled().check(event));
    }
    return policy.decide(violations, majorKnown);
  }
}
