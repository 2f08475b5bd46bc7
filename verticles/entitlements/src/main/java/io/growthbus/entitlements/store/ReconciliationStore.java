package io.growthbus.entitlements.store;

import io.growthbus.shared.message.ReconciliationRun;
import io.vertx.core.Future;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Comparisons with billing systems, as they are remembered, by the clock of PostgreSQL. Fails with
 * the error of PostgreSQL.
 */
public interface ReconciliationStore {
  /** The clock by which all nodes date what they are told, ms since the epoch. */
  Future<Long> now();

  /**
   * Begins one.
   *
   * @param night date of a nightly one, which is made once; null for one that was ordered
   * @return empty when another one is under way, or that of the night was begun
   */
  Future<Optional<ReconciliationRun>> begin(String provider, @Nullable LocalDate night);

  /** Notes how far one has got. */
  Future<Void> progress(long id, int checked, int corrected);

  /** Notes the end of one; {@code failure} is null when all was compared. */
  Future<Void> end(long id, int checked, int corrected, @Nullable String failure);

  /** The latest ones, newest first. */
  Future<List<ReconciliationRun>> latest(int limit);
}
