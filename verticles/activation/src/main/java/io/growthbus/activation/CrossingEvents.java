package io.growthbus.activation;

import io.growthbus.activation.store.CrossingEventStore;
import io.growthbus.activation.store.CrossingEventStore.Crossed;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ThresholdCrossed;
import io.growthbus.shared.message.EventsRecorded;
import io.growthbus.shared.message.RecordEvents;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells ingest of crossings, as events {@value ThresholdCrossed#EVENT}. A crossing counts as told
 * when ingest has answered for it, so that nothing is lost by a crash; what is told twice is stored
 * once, because the id of the event is made of the crossing.
 */
final class CrossingEvents {
  private static final Logger LOG = LoggerFactory.getLogger(CrossingEvents.class);
  private static final int BATCH = 250;

  /** Longer than an answer of ingest may take. */
  private static final Duration LEASE = Duration.ofSeconds(30);

  private final CrossingEventStore store;
  private final Bus bus;
  private final InstantSource clock;
  private final Predicate<String> keptOut;

  /**
   * @param keptOut whether a user is kept out after an erasure
   */
  CrossingEvents(
      CrossingEventStore store, Bus bus, InstantSource clock, Predicate<String> keptOut) {
    this.store = store;
    this.bus = bus;
    this.clock = clock;
    this.keptOut = keptOut;
  }

  /**
   * Tells everything that is not told yet.
   *
   * @return fails with the error of PostgreSQL, or with that of ingest; what is left then is told
   *     when its lease is over
   */
  Future<Void> tell() {
    return store
        .claim(BATCH, LEASE)
        .compose(
            claimed ->
                claimed.isEmpty()
                    ? Future.succeededFuture()
                    : record(claimed)
                        .compose(recorded -> store.told(claimed))
                        .compose(
                            told -> claimed.size() < BATCH ? Future.succeededFuture() : tell()));
  }

  private Future<Void> record(List<Crossed> crossings) {
    JsonArray events = new JsonArray();
    crossings.stream()
        .filter(crossed -> !keptOut.test(crossed.userId()))
        .forEach(crossed -> events.add(event(crossed)));
    if (events.isEmpty()) {
      return Future.succeededFuture();
    }
    RecordEvents order =
        new RecordEvents(
            new JsonObject().put("batch", events).toBuffer().getBytes(),
            null,
            true,
            clock.millis(),
            false,
            true);
    return bus.ask(Channels.RECORD_EVENTS, order).onSuccess(CrossingEvents::said).mapEmpty();
  }

  private static void said(EventsRecorded verdict) {
    if (!verdict.rejected().isEmpty()) {
      LOG.warn(
          "{} events of crossings were refused, the first with {}",
          verdict.rejected().size(),
          verdict.rejected().get(0).code());
    }
  }

  private static JsonObject event(Crossed crossed) {
    String period = crossed.periodStart();
    JsonObject properties =
        new JsonObject()
            .put(ThresholdCrossed.RULE, crossed.rule())
            .put(ThresholdCrossed.EPOCH, crossed.epoch())
            .put(ThresholdCrossed.METER, crossed.meter())
            .put(ThresholdCrossed.THRESHOLD, crossed.threshold())
            .put(ThresholdCrossed.COUNT, crossed.count())
            .put(ThresholdCrossed.STEP, crossed.step())
            .put(ThresholdCrossed.STEP_NUMBER, crossed.stepNumber());
    if (period != null) {
      properties.put(ThresholdCrossed.PERIOD, period);
    }
    return new JsonObject()
        .put(
            "event_id",
            ThresholdCrossed.id(
                    crossed.rule(),
                    crossed.epoch(),
                    period,
                    crossed.step(),
                    crossed.stepNumber(),
                    crossed.userId())
                .toString())
        .put("schema_version", "1.0.0")
        .put("user_id", crossed.userId())
        .put("timestamp", crossed.crossedAtMs())
        .put("name", ThresholdCrossed.EVENT)
        .put("properties", properties);
  }
}
