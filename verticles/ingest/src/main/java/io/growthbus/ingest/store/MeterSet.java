package io.growthbus.ingest.store;

import io.growthbus.ingest.core.meters.MeterPaths;
import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.config.GrowthConfig.MeterSubject;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * The meters by which events are counted, of one revision.
 *
 * @param parameter what the statement needs of them, as JSON text
 */
public record MeterSet(int revision, List<Counted> meters, String parameter) {
  /** Before anything is known. */
  public static final MeterSet NONE = of(-1, List.of());

  /** A meter and the number under which its counters are kept. */
  public record Counted(int id, Meter meter) {}

  /** The set of these meters. */
  public static MeterSet of(int revision, List<Counted> meters) {
    JsonArray parameter = new JsonArray();
    for (Counted counted : meters) {
      Meter meter = counted.meter();
      String sum = meter.sum();
      parameter.add(
          new JsonObject()
              .put("meter_id", counted.id())
              .put("key", meter.key())
              .put("event", meter.event())
              .put("filter", MeterPaths.predicate(meter.filter()))
              .put("sum", sum == null ? null : MeterPaths.path(sum))
              .put("account", meter.subject() == MeterSubject.ACCOUNT)
              .put("period", meter.period().days()));
    }
    return new MeterSet(revision, List.copyOf(meters), parameter.encode());
  }
}
