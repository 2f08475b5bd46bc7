package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * A meter as it is defined and how far it has got with earlier events.
 *
 * @param definition JSON text of an object
 * @param source where the definition came from
 * @param revision revision of all definitions since which it counts so
 * @param backfill how far it has counted the events that were stored before; null when it does not
 */
public record MeterState(
    String key, String definition, Source source, int revision, @Nullable Backfill backfill) {

  /** Where a definition came from. */
  public enum Source {
    /** {@code growth.json}; it changes with the file. */
    FILE,
    /** An operator; the file does not touch it. */
    API
  }

  /**
   * How far the counting of earlier events has got.
   *
   * @param state {@code waiting} for commits under way, {@code counting} day by day, {@code
   *     merging} into the counters, {@code done}
   * @param daysDone days of arrival that are counted
   * @param daysTotal days of arrival that there are; 0 while waiting
   */
  public record Backfill(String state, int daysDone, int daysTotal) {}
}
