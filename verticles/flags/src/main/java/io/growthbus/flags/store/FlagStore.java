package io.growthbus.flags.store;

import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.flags.Flags;
import io.vertx.core.Future;

/** Where flag definitions and their revision are kept. */
public interface FlagStore {

  /** The definitions with the revision that they belong to; fails with the error of PostgreSQL. */
  Future<FlagSnapshot> read();

  /** The revision alone; fails with the error of PostgreSQL. */
  Future<Long> revision();

  /**
   * Makes what came from a file follow it; the revision grows by one if anything changes.
   * Simultaneous calls are ordered by a lock.
   *
   * @return fails with the error of PostgreSQL, and nothing is changed
   */
  Future<Followed> follow(Flags file);

  /**
   * What came of following a file.
   *
   * @param snapshot the definitions after it
   * @param changed whether this call changed them and made a new revision
   */
  record Followed(FlagSnapshot snapshot, boolean changed) {}

  /** Closes the connections. */
  Future<Void> close();
}
