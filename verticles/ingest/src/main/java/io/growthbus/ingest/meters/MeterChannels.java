package io.growthbus.ingest.meters;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.vertx.core.Future;
import java.util.List;

/** What other rooms may ask of meters. */
public final class MeterChannels {
  private MeterChannels() {}

  /** Serves them on this node; completed when every node knows it. */
  public static Future<?> serve(Bus bus, MeterService meters) {
    return Future.all(
        List.of(
            bus.answer(Channels.LIST_METERS, meters::list),
            bus.answer(Channels.PUT_METER, meters::put),
            bus.answer(Channels.DELETE_METER, meters::delete),
            bus.answer(Channels.READ_USAGE, meters::usage),
            bus.answer(Channels.READ_USAGES, meters::usages),
            bus.answer(Channels.SAMPLE_USERS, meters::sample)));
  }
}
