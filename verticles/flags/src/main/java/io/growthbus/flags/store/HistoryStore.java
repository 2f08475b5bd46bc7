package io.growthbus.flags.store;

import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagSnapshot;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;

/** What was in force when. */
public interface HistoryStore {

  /**
   * The flags at a moment.
   *
   * @param beganMs since when it is known what was in force
   * @param snapshot the flags, with the revision that they had
   * @param periods how long each flag was in force unchanged, by key
   */
  record Past(long beganMs, FlagSnapshot snapshot, Map<String, Period> periods) {}

  /**
   * How long a definition was in force.
   *
   * @param source {@code file} or {@code api}
   * @param toMs exclusive; {@link Long#MAX_VALUE} = still
   */
  record Period(FlagDefinition definition, String source, long fromMs, long toMs) {}

  /**
   * The flags that were in force at a moment.
   *
   * @param atMs ms since the epoch
   * @return fails with the error of PostgreSQL
   */
  Future<Past> at(long atMs);

  /**
   * Drops what was in force for the last time longer ago than this.
   *
   * @return fails with the error of PostgreSQL
   */
  Future<Void> expire(Duration retention);
}
