package io.growthbus.ingest.store;

import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.MeterState;
import io.growthbus.shared.message.MeterUsage;
import io.growthbus.shared.message.MeterUsages;
import io.growthbus.shared.message.ReadUsage;
import io.growthbus.shared.message.ReadUsages;
import io.growthbus.shared.message.UserSample;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where the definitions of meters, their revision and their counters are kept. */
public interface MeterStore {

  /**
   * What came of a change.
   *
   * @param meters the definitions after it
   * @param changed whether this call changed them and made a new revision
   * @param restarted keys of meters whose counters began anew
   */
  record Changed(MeterSet meters, boolean changed, List<String> restarted) {}

  /** The definitions with their revision; fails with the error of PostgreSQL. */
  Future<MeterSet> read();

  /** The revision alone; fails with the error of PostgreSQL. */
  Future<Integer> revision();

  /** What is defined, sorted by key, with the revision; fails with the error of PostgreSQL. */
  Future<Listed> list();

  /** Meters of one revision. */
  record Listed(int revision, List<MeterState> meters) {}

  /**
   * Makes the definitions that came from a file follow it; the revision grows by one if anything
   * changes. Simultaneous calls are ordered by a lock.
   *
   * @return fails with the error of PostgreSQL, and nothing is changed
   */
  Future<Changed> follow(List<Meter> file);

  /**
   * Defines a meter.
   *
   * @param reset whether counters of another definition may be given up
   * @param expectedRevision revision that the definitions must have, or null for any
   * @param actor who orders it, for the audit
   * @return fails with {@link RoomException} {@code revision_mismatch}, {@code meter_differs},
   *     {@code too_many_meters} or the error of PostgreSQL, and nothing is changed
   */
  Future<Changed> put(Meter meter, boolean reset, @Nullable Long expectedRevision, String actor);

  /**
   * Removes a meter of an operator.
   *
   * @param expectedRevision revision that the definitions must have, or null for any
   * @param actor who orders it, for the audit
   * @return fails with {@link RoomException} {@code revision_mismatch}, {@code unknown_meter},
   *     {@code meter_in_file} or the error of PostgreSQL, and nothing is changed
   */
  Future<Changed> delete(String key, @Nullable Long expectedRevision, String actor);

  /**
   * The value of a meter now; empty when there is no such meter of users, or of accounts. Fails
   * with the error of PostgreSQL.
   */
  Future<Optional<MeterUsage>> usage(ReadUsage question);

  /** The values of several meters now, of one moment; fails with the error of PostgreSQL. */
  Future<MeterUsages> usages(ReadUsages question);

  /** Users with a counter or a recent event; fails with the error of PostgreSQL. */
  Future<UserSample> sample(int most);
}
