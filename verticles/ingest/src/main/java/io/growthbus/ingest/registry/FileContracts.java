package io.growthbus.ingest.registry;

import io.growthbus.ingest.core.schema.ContractSchema;
import io.growthbus.ingest.core.schema.PublishRules.Version;
import io.growthbus.ingest.registry.Contracts.Entry;
import io.growthbus.shared.config.GrowthConfig.EventContract;
import io.growthbus.shared.config.GrowthConfig.Telemetry;
import io.growthbus.shared.domain.SemVer;
import java.util.List;
import java.util.Optional;

/**
 * The contracts that {@code growth.json} gives: each is version {@code telemetry.schema_version} of
 * its event and names required properties.
 */
final class FileContracts {
  private FileContracts() {}

  /** All of them, ready to hold events against. */
  static List<Entry> of(Telemetry telemetry) {
    return SemVer.parse(telemetry.schemaVersion())
        .map(
            version ->
                telemetry.events().stream().map(contract -> entry(contract, version)).toList())
        .orElse(List.of());
  }

  /** That of one event, if there is one. */
  static Optional<Version> of(Telemetry telemetry, String event) {
    return SemVer.parse(telemetry.schemaVersion())
        .flatMap(version -> telemetry.contract(event).map(contract -> version(contract, version)));
  }

  private static Entry entry(EventContract contract, SemVer version) {
    return new Entry(
        contract.name(),
        version(contract, version),
        0,
        new RequiredProperties(contract.requiredProperties()));
  }

  private static Version version(EventContract contract, SemVer version) {
    return new Version(version, ContractSchema.requiring(contract.requiredProperties()), true);
  }
}
