package io.growthbus.flags;

import io.growthbus.flags.store.FlagStore.Followed;
import io.growthbus.flags.store.ScheduleStore;
import io.growthbus.flags.store.ScheduleStore.Done;
import io.growthbus.shared.config.DefinitionReader;
import io.growthbus.shared.config.ScheduleReader;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.FlagSchedule;
import io.growthbus.shared.message.PutSchedule;
import io.growthbus.shared.message.ReadSchedule;
import io.growthbus.shared.message.ScheduledChange;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.settings.Problems;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes of flags that are made when they are due, by whichever node is first, each once and in
 * order; late, and in order, when no node was there at the time.
 *
 * <p>Lives on one event loop; not thread-safe.
 */
final class ScheduleService {
  private static final Logger LOG = LoggerFactory.getLogger(ScheduleService.class);

  private final Vertx vertx;
  private final ScheduleStore store;
  private final FlagsService flags;
  private final InstantSource clock;
  private final Duration poll;
  private Future<Void> working = Future.succeededFuture();
  private boolean stopped;
  private boolean again;
  private long timer = -1;

  /**
   * @param poll longest time between two looks at what other nodes have scheduled
   */
  ScheduleService(
      Vertx vertx, ScheduleStore store, FlagsService flags, InstantSource clock, Duration poll) {
    this.vertx = vertx;
    this.store = store;
    this.flags = flags;
    this.clock = clock;
    this.poll = poll;
  }

  /**
   * What is scheduled for a flag and what was done by schedule; fails with {@link RoomException}
   * {@code store_unavailable}.
   */
  Future<FlagSchedule> read(ReadSchedule question) {
    return store.read(question.key()).recover(AdministrationService::refusal);
  }

  /**
   * Schedules changes, or removes them; fails with {@link RoomException} {@code invalid_field},
   * {@code revision_mismatch}, {@code unknown_flag} or {@code store_unavailable}.
   */
  Future<FlagSchedule> put(PutSchedule order) {
    return Future.succeededFuture(order)
        .map(this::changes)
        .compose(
            changes -> store.replace(order.key(), changes, order.actor(), order.expectedRevision()))
        .onSuccess(done -> look())
        .recover(AdministrationService::refusal);
  }

  private List<ScheduledChange> changes(PutSchedule order) {
    String text = order.changes();
    if (text == null) {
      return List.of();
    }
    Problems problems = new Problems();
    return ScheduleReader.read(text, clock.instant(), problems)
        .filter(read -> problems.isEmpty())
        .orElseThrow(() -> RoomException.invalidFields(DefinitionReader.fields(problems)));
  }

  /** Looks for what is due now, and goes on by itself from then on. */
  void look() {
    if (stopped) {
      return;
    }
    if (!working.isComplete()) {
      again = true;
      return;
    }
    again = false;
    vertx.cancelTimer(timer);
    working = workOff();
    working.onComplete(
        done -> {
          if (again) {
            look();
          }
        });
  }

  private Future<Void> workOff() {
    return store
        .nextDue()
        .compose(this::due)
        .recover(
            failure -> {
              LOG.warn("scheduled changes cannot be made now: {}", Postgres.describe(failure));
              wakeIn(poll.toMillis());
              return Future.succeededFuture();
            });
  }

  private Future<Void> due(Optional<Long> next) {
    long now = clock.millis();
    if (next.isEmpty() || next.get() > now) {
      wakeIn(Math.min(poll.toMillis(), next.map(at -> at - now).orElse(Long.MAX_VALUE)));
      return Future.succeededFuture();
    }
    return store.applyDue(now).onSuccess(this::adopt).compose(done -> again());
  }

  private Future<Void> again() {
    return stopped ? Future.succeededFuture() : store.nextDue().compose(this::due);
  }

  private void adopt(Optional<Done> done) {
    done.ifPresent(
        change -> {
          LOG.info("a scheduled change of flag {} was made", change.flag());
          flags.adopt(new Followed(change.edited().snapshot(), change.edited().newRevision()));
        });
  }

  private void wakeIn(long ms) {
    if (!stopped) {
      timer = vertx.setTimer(Math.max(ms, 1), tick -> look());
    }
  }

  /** Ends it; completed when nothing is under way. */
  Future<Void> stop() {
    stopped = true;
    vertx.cancelTimer(timer);
    return working;
  }
}
