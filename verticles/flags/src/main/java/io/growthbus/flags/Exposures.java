package io.growthbus.flags;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.Exposure;
import io.growthbus.shared.flags.FlagDecision.Reason;
import io.growthbus.shared.message.EventsRecorded;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.RecordEvents;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Exposures that wait to be stored by ingest. An answer never waits for that: its exposure is put
 * into a bounded queue, from which batches go one after the other. What ingest cannot take at the
 * moment is offered again, because the id of an exposure makes a repetition harmless; what finds
 * the queue full is lost and counted.
 *
 * <p>Lives on one event loop; not thread-safe.
 */
final class Exposures {
  /** Exposures that may wait; one of them is below 1 KiB with ids of usual length. */
  static final int MOST_WAITING = 10_000;

  /** Exposures that are known to be on their way or stored, so that they are not sent again. */
  static final int MOST_REMEMBERED = 50_000;

  private static final int BATCH = 250;
  private static final Duration GATHER = Duration.ofMillis(100);
  private static final Duration RETRY = Duration.ofSeconds(1);

  /** Answers in which the flag has decided nothing about the user. */
  private static final Set<String> NO_EXPOSURE =
      Set.of(
          Reason.FLAG_NOT_FOUND.name(),
          Reason.TARGETING_KEY_MISSING.name(),
          Reason.FACTS_UNAVAILABLE.name());

  private static final Logger LOG = LoggerFactory.getLogger(Exposures.class);

  private final Vertx vertx;
  private final Bus bus;
  private final InstantSource clock;
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private final Set<UUID> remembered =
      Collections.newSetFromMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<UUID, Boolean> eldest) {
              return size() > MOST_REMEMBERED;
            }
          });
  private Future<Void> sending = Future.succeededFuture();
  private boolean busy;
  private boolean scheduled;
  private long lost;
  private long saidLost;

  private record Waiting(UUID id, boolean proven, JsonObject event) {}

  Exposures(Vertx vertx, Bus bus, InstantSource clock) {
    this.vertx = vertx;
    this.bus = bus;
    this.clock = clock;
  }

  /**
   * Takes an answer that a user was given.
   *
   * @param userId nobody's exposure is stored
   * @param proven whether the asker may speak of the user; else the event is stored as unverified
   */
  void note(@Nullable String userId, boolean proven, String flag, FlagAnswer answer) {
    String variant = answer.variant();
    if (userId == null || variant == null || NO_EXPOSURE.contains(answer.reason())) {
      return;
    }
    UUID id = Exposure.id(userId, flag, answer.flagRevision(), variant);
    if (!remembered.add(id)) {
      return;
    }
    if (waiting.size() >= MOST_WAITING) {
      lose(id);
      return;
    }
    waiting.add(new Waiting(id, proven, event(id, userId, flag, answer)));
    if (!busy) {
      schedule(GATHER);
    }
  }

  /** A user is erased: nothing of them is sent any more. */
  void forget(String userId) {
    waiting.removeIf(exposure -> userId.equals(exposure.event().getString("user_id")));
  }

  /** How many exposures were lost since the start. */
  long lost() {
    return lost;
  }

  /** Sends what waits, as far as ingest takes it; does not fail. */
  Future<Void> drain() {
    sending = sending.compose(done -> sendAll());
    return sending;
  }

  private JsonObject event(UUID id, String userId, String flag, FlagAnswer answer) {
    JsonObject properties =
        new JsonObject()
            .put(Exposure.FLAG, flag)
            .put(Exposure.VARIANT, answer.variant())
            .put(Exposure.REVISION, answer.flagRevision())
            .put(Exposure.REASON, answer.reason());
    if (answer.rule() != null) {
      properties.put(Exposure.RULE, answer.rule());
    }
    return new JsonObject()
        .put("event_id", id.toString())
        .put("schema_version", "1.0.0")
        .put("user_id", userId)
        .put("timestamp", clock.millis())
        .put("name", Exposure.EVENT)
        .put("properties", properties);
  }

  private void schedule(Duration pause) {
    if (!scheduled) {
      scheduled = true;
      vertx
          .timer(pause.toMillis(), TimeUnit.MILLISECONDS)
          .onComplete(
              timer -> {
                scheduled = false;
                if (!busy) {
                  sending = sendAll();
                }
              });
    }
  }

  /** Sends until nothing waits, what comes meanwhile included, or until ingest takes no more. */
  private Future<Void> sendAll() {
    busy = !waiting.isEmpty();
    if (!busy) {
      return Future.succeededFuture();
    }
    return send()
        .compose(
            stored -> {
              if (stored) {
                return sendAll();
              }
              busy = false;
              schedule(RETRY);
              return Future.succeededFuture();
            });
  }

  /** Sends one batch; answers whether the next one may follow at once. */
  private Future<Boolean> send() {
    List<Waiting> batch = nextBatch();
    JsonArray events = new JsonArray();
    batch.forEach(exposure -> events.add(exposure.event()));
    RecordEvents order =
        new RecordEvents(
            new JsonObject().put("batch", events).toBuffer().getBytes(),
            null,
            batch.get(0).proven(),
            clock.millis());
    return bus.ask(Channels.RECORD_EVENTS, order)
        .map(
            verdict -> {
              said(verdict);
              return true;
            })
        .otherwise(failure -> failed(batch, failure));
  }

  /** The oldest ones that the same may be said of; at least one. */
  private List<Waiting> nextBatch() {
    List<Waiting> batch = new ArrayList<>();
    boolean proven = waiting.element().proven();
    while (batch.size() < BATCH && !waiting.isEmpty() && waiting.element().proven() == proven) {
      batch.add(waiting.remove());
    }
    return batch;
  }

  private boolean failed(List<Waiting> batch, Throwable failure) {
    boolean again =
        failure instanceof RoomException refusal && refusal.kind() == ErrorKind.UNAVAILABLE;
    for (int i = batch.size() - 1; i >= 0; i--) {
      if (again && waiting.size() < MOST_WAITING) {
        waiting.addFirst(batch.get(i));
      } else {
        lose(batch.get(i).id());
      }
    }
    if (lost > saidLost) {
      LOG.warn("{} exposures were lost since the start: {}", lost, failure.toString());
      saidLost = lost;
    }
    return !again;
  }

  private static void said(EventsRecorded verdict) {
    if (!verdict.rejected().isEmpty()) {
      LOG.warn(
          "{} exposures were refused, the first with {}",
          verdict.rejected().size(),
          verdict.rejected().get(0).code());
    }
  }

  private void lose(UUID id) {
    remembered.remove(id);
    lost++;
  }
}
