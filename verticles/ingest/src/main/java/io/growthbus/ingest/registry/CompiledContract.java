package io.growthbus.ingest.registry;

import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.core.schema.Violation;
import java.util.List;

/** A version of a contract, ready to hold events against it; safe for any thread. */
interface CompiledContract {

  /** Every way in which the event breaks the contract; empty when it does not. */
  List<Violation> check(TelemetryEvent event);
}
