package io.growthbus.ingest.core.meters;

import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.config.GrowthConfig.MeterPeriod;
import io.growthbus.shared.config.GrowthConfig.MeterSubject;
import io.growthbus.shared.message.MeterState.Source;
import org.jspecify.annotations.Nullable;

/** What has to happen to a stored meter so that it is defined as wanted. */
public enum MeterTransition {
  /** Nothing. */
  KEEP,
  /** The definition is written anew; it counts as before. */
  UPDATE,
  /** A meter begins to count. */
  START,
  /** The meter is retired with its counters, and another one begins under its key. */
  RESTART,
  /** It would need a restart that was not asked for. */
  REFUSE;

  /**
   * A stored meter.
   *
   * @param id of this way of counting
   * @param definition null for counters that are older than their definition: plain counts of users
   * @param revision revision of all definitions since which it counts
   */
  public record Stored(
      int id, String key, @Nullable Meter definition, Source source, int revision) {}

  /** By a file: what an operator has defined stays, and the file is right about its own. */
  public static MeterTransition byFile(@Nullable Stored now, Meter wanted) {
    return now != null && now.source() == Source.API
        ? KEEP
        : decide(now, wanted, Source.FILE, true);
  }

  /**
   * By an operator.
   *
   * @param reset whether counters of another definition may be given up
   */
  public static MeterTransition byOperator(@Nullable Stored now, Meter wanted, boolean reset) {
    return decide(now, wanted, Source.API, reset);
  }

  private static MeterTransition decide(
      @Nullable Stored now, Meter wanted, Source source, boolean reset) {
    if (now == null) {
      return START;
    }
    if (!countsAs(now.definition(), wanted)) {
      return reset ? RESTART : REFUSE;
    }
    return now.source() == source && wanted.equals(now.definition()) ? KEEP : UPDATE;
  }

  private static boolean countsAs(@Nullable Meter now, Meter wanted) {
    return now == null
        ? wanted.filter().isEmpty()
            && wanted.sum() == null
            && wanted.subject() == MeterSubject.USER
            && wanted.period().equals(MeterPeriod.LIFETIME)
        : now.countsAs(wanted);
  }
}
