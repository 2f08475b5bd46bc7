package io.growthbus.ingest.core.schema;

import io.growthbus.shared.config.GrowthConfig.ViolationAction;
import java.util.List;

/** What becomes of an event after it was held against its contract. */
public sealed interface ContractVerdict {
  /** The verdict on an event without fault. */
  ContractVerdict FLAWLESS = new Kept(List.of());

  /**
   * It is stored.
   *
   * @param annotations what to note beside it
   */
  record Kept(List<Violation> annotations) implements ContractVerdict {}

  /**
   * It is not stored among the events.
   *
   * @param violation the breach that decided it
   * @param action {@link ViolationAction#QUARANTINE} or {@link ViolationAction#DROP}
   */
  record Refused(Violation violation, ViolationAction action) implements ContractVerdict {}
}
