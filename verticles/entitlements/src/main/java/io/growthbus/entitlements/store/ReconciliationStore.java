package io.growthbus.entitlements.store;

import io.growthbus.shared.message.ReconciliationRun;
import io.vertx.core.Future;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Comparisons with billing systems, as they are remembered. Fails with the error of PostgreSQL. */
public interface ReconciliationStore {
  /**
   * Begins one.
   *
   * @param night date of a nightly one, which is made once; null for one that was ordered
   * @param nowMs ms since the epoch
   * @return empty when another one is under way, or that of the night was begun
   */
  Future<Optional<ReconciliationRun>> begin(String provider, @Nullable LocalDate night, long nowMs);

  /** Notes how far one has got. */
  Future<Void> progress(long id, int checked, int corrected, long nowMs);

  /** Notes the end of one; {@code failure} is null when all was compared. */
  Future<Void> end(long id, int checked, int corrected, @Nullable String failure, long nowMs);

  /** The latest ones, newest first. */
  Future<List<ReconciliationRun>> latest(int limit);
}
