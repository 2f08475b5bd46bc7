package io.growthbus.flags.store;

import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagSnapshot;
import io.vertx.core.Future;
import java.util.List;

/** Where flag definitions and their revision are kept. */
public interface FlagStore {

  /** The definitions with the revision that they belong to; fails with the error of PostgreSQL. */
  Future<FlagSnapshot> read();

  /** The revision alone; fails with the error of PostgreSQL. */
  Future<Long> revision();

  /**
   * Makes the definitions that came from a file follow it; the revision grows by one if anything
   * changes. Simultaneous calls are ordered by a lock.
   *
   * @return the definitions after it; fails with the error of PostgreSQL, and nothing is changed
   */
  Future<FlagSnapshot> follow(List<FlagDefinition> file);

  /** Closes the connections. */
  Future<Void> close();
}
