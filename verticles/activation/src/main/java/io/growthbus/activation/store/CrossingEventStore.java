package io.growthbus.activation.store;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which crossings ingest has not been told of. Every future fails with the error of PostgreSQL. */
public interface CrossingEventStore {

  /**
   * A crossing as it is told.
   *
   * @param crossedAtMs ms since the epoch
   * @param periodStart first day of the period in ISO form; null for a lifetime
   * @param step kind of the threshold: {@code count}, {@code percent} or {@code every}
   * @param stepNumber place among the thresholds of its kind, from 1
   */
  record Crossed(
      String rule,
      int epoch,
      String userId,
      String meter,
      long threshold,
      long count,
      long crossedAtMs,
      @Nullable String periodStart,
      String step,
      long stepNumber) {}

  /**
   * Crossings that are not told, the oldest first; each goes to one caller while its lease lasts.
   *
   * @param most largest number of them
   */
  Future<List<Crossed>> claim(int most, Duration lease);

  /** Notes that crossings are told. */
  Future<Void> told(List<Crossed> crossings);
}
