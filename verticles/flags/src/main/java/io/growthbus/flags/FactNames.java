package io.growthbus.flags;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.FactReferences;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.message.ListMeters;
import io.growthbus.shared.message.MeterState;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import java.util.Set;
import java.util.stream.Collectors;

/** Names of the tiers, limits and meters that a flag may look at. */
final class FactNames {
  private final Bus bus;
  private final Live<GrowthConfig> config;

  FactNames(Bus bus, Live<GrowthConfig> config) {
    this.bus = bus;
    this.config = config;
  }

  /** Those of the file and the meters of operators; without the latter when they cannot be read. */
  Future<FactReferences.Known> known() {
    return bus.ask(Channels.LIST_METERS, new ListMeters(null))
        .map(found -> found.meters().stream().map(MeterState::key).collect(Collectors.toSet()))
        .otherwise(Set.of())
        .map(meters -> FactReferences.Known.of(config.get(), meters));
  }
}
