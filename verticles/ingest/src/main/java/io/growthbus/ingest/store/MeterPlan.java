package io.growthbus.ingest.store;

import io.growthbus.ingest.core.meters.MeterTransition;
import io.growthbus.ingest.core.meters.MeterTransition.Stored;
import io.growthbus.shared.audit.AuditLog;
import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.config.MeterJson;
import io.growthbus.shared.config.MeterReader;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.MeterState.Source;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A change of the definitions that is decided on.
 *
 * @param retired numbers of meters whose counters are given up
 * @param restarted keys of those that another meter follows
 */
record MeterPlan(Source source, List<Put> puts, List<Integer> retired, List<String> restarted) {

  /**
   * A definition to write.
   *
   * @param updated number of the meter that keeps its counters; null: one begins
   */
  record Put(Meter meter, @Nullable Integer updated) {}

  MeterPlan(Source source) {
    this(source, new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
  }

  boolean isEmpty() {
    return puts.isEmpty() && retired.isEmpty();
  }

  static MeterPlan ofFile(Map<String, Stored> stored, List<Meter> file) {
    MeterPlan plan = new MeterPlan(Source.FILE);
    Set<String> wanted = new HashSet<>();
    for (Meter meter : file) {
      wanted.add(meter.key());
      Stored now = stored.get(meter.key());
      plan.add(meter, now, MeterTransition.byFile(now, meter));
    }
    for (Stored meter : stored.values()) {
      if (meter.source() == Source.FILE && !wanted.contains(meter.key())) {
        plan.retired.add(meter.id());
      }
    }
    return plan;
  }

  /** Fails with {@link RoomException} {@code meter_differs} or {@code too_many_meters}. */
  static MeterPlan ofOperator(Map<String, Stored> stored, Meter meter, boolean reset) {
    Stored now = stored.get(meter.key());
    MeterTransition next = MeterTransition.byOperator(now, meter, reset);
    if (next == MeterTransition.REFUSE) {
      throw new RoomException(
          ErrorKind.CONFLICT,
          "meter_differs",
          "A meter with this key counts something else; send \"reset\": true to begin anew, and"
              + " \"backfill\": true to count the stored events again.");
    }
    if (next == MeterTransition.START && stored.size() >= MeterReader.MOST_METERS) {
      throw new RoomException(
          ErrorKind.CONFLICT,
          "too_many_meters",
          "There may be " + MeterReader.MOST_METERS + " meters; remove one first.");
    }
    MeterPlan plan = new MeterPlan(Source.API);
    plan.add(meter, now, next);
    return plan;
  }

  /** Fails with {@link RoomException} {@code unknown_meter} or {@code meter_in_file}. */
  static MeterPlan ofRemoval(Map<String, Stored> stored, String key) {
    Stored found = stored.get(key);
    if (found == null) {
      throw new RoomException(
          ErrorKind.NOT_FOUND, "unknown_meter", "There is no meter with this key.");
    }
    if (found.source() == Source.FILE) {
      throw new RoomException(
          ErrorKind.CONFLICT,
          "meter_in_file",
          "This meter stands in growth.json; remove it there.");
    }
    MeterPlan plan = new MeterPlan(Source.API);
    plan.retired.add(found.id());
    return plan;
  }

  /** What differs between two states, by key, for the audit. */
  static List<AuditLog.Change> audited(Map<String, Stored> before, Map<String, Stored> after) {
    Set<String> keys = new TreeSet<>(before.keySet());
    keys.addAll(after.keySet());
    List<AuditLog.Change> changes = new ArrayList<>();
    for (String key : keys) {
      String was = audited(before.get(key));
      String becomes = audited(after.get(key));
      if (!Objects.equals(was, becomes)) {
        changes.add(AuditLog.Change.between("meter", key, was, becomes));
      }
    }
    return changes;
  }

  private static @Nullable String audited(@Nullable Stored stored) {
    return stored == null || stored.definition() == null
        ? null
        : new JsonObject(MeterJson.text(stored.definition()))
            .put("source", stored.source().name().toLowerCase(Locale.ROOT))
            .encode();
  }

  private void add(Meter meter, @Nullable Stored now, MeterTransition next) {
    if (next == MeterTransition.KEEP) {
      return;
    }
    if (next == MeterTransition.RESTART && now != null) {
      retired.add(now.id());
      restarted.add(meter.key());
    }
    puts.add(new Put(meter, next == MeterTransition.UPDATE && now != null ? now.id() : null));
  }
}
