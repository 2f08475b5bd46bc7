package io.growthbus.flags.store;

import io.growthbus.flags.store.DefinitionStore.Edited;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.FlagSchedule;
import io.growthbus.shared.message.ScheduledChange;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where scheduled changes of flags are kept until they are due. */
public interface ScheduleStore {

  /**
   * A scheduled change that was made.
   *
   * @param flag key of the flag
   * @param edited what came of it
   */
  record Done(String flag, Edited edited) {}

  /** The changes of a flag, by time; fails with the error of PostgreSQL. */
  Future<FlagSchedule> read(String flag);

  /**
   * Puts changes in the place of those that were scheduled.
   *
   * @param changes by time; none removes the schedule
   * @param actor who orders it, for the audit
   * @param expectedRevision revision that the definitions must have, or null for any
   * @return fails with {@link RoomException} {@code revision_mismatch} or {@code unknown_flag}, or
   *     with the error of PostgreSQL, and nothing is changed then
   */
  Future<FlagSchedule> replace(
      String flag, List<ScheduledChange> changes, String actor, @Nullable Long expectedRevision);

  /** When the next change is due, ms since the epoch; fails with the error of PostgreSQL. */
  Future<Optional<Long>> nextDue();

  /**
   * Makes the change that is due the longest, once whichever node asks first.
   *
   * @param nowMs ms since the epoch
   * @return empty when none is due; fails with the error of PostgreSQL, and nothing is changed then
   */
  Future<Optional<Done>> applyDue(long nowMs);
}
