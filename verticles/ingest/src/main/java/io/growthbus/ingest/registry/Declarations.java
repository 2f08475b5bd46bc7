package io.growthbus.ingest.registry;

import io.growthbus.ingest.core.schema.TypeScriptDeclarations;
import io.growthbus.ingest.core.schema.TypeScriptDeclarations.Contract;
import io.growthbus.ingest.registry.Contracts.Entry;
import io.growthbus.shared.config.GrowthConfig;
import java.util.List;

/** Client code of contracts: the text of a TypeScript module. */
public final class Declarations {
  private Declarations() {}

  /** Those of contracts that are in memory. */
  static String of(List<Entry> entries) {
    return TypeScriptDeclarations.of(
        entries.stream()
            .map(entry -> new Contract(entry.event(), entry.version().version(), entry.schema()))
            .toList());
  }

  /** Those of {@code growth.json} alone, without what is published. */
  public static String ofFile(GrowthConfig config) {
    return of(FileContracts.of(config.telemetry()));
  }
}
