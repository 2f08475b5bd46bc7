package io.growthbus.shared.client;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.bus.Subscription;
import io.growthbus.shared.flags.FlagDifference;
import io.growthbus.shared.message.FlagSet;
import io.growthbus.shared.message.ReadFlagSet;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.SortedSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the definitions of the flags: reads them, again when a higher revision is announced, and
 * from time to time in case that an announcement was lost.
 *
 * <p>The node that answers may not have read an announced revision itself yet; then it is asked
 * again soon. A revision is never replaced by a lower one.
 *
 * <p>Everything but the reading of {@link #view}, {@link #state} and {@link #lastSuccess} happens
 * on the verticle's own event loop.
 */
final class FlagFollower extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(FlagFollower.class);

  /** One failure may be an answer that was lost, or a node that has left a moment ago. */
  private static final int FAILURES_UNTIL_STALE = 2;

  private static final long FIRST_RETRY_MS = 250;
  private static final long FIRST_LOOK_MS = 20;
  private static final int MOST_LOOKS = 6;
  private static final int MOST_DOUBLINGS = 6;
  private static final long NO_TIMER = -1;
  private static final long TELL_MS = 60_000;

  private final Bus bus;
  private final FlagClientOptions options;
  private final InstantSource clock;
  private final List<FlagListener> listeners = new CopyOnWriteArrayList<>();
  private final Promise<Void> first = Promise.promise();
  private final AnsweredFlags answered = new AnsweredFlags();

  private volatile FlagView view = FlagView.NONE;
  private volatile FlagClientState state = FlagClientState.NOT_READY;
  private volatile @Nullable Instant lastSuccess;

  private @Nullable Subscription subscription;
  private boolean isReading;
  private boolean isStopped;
  private int failures;
  private long announced;
  private int looks;
  private long timer = NO_TIMER;

  FlagFollower(Bus bus, FlagClientOptions options, InstantSource clock) {
    this.bus = bus;
    this.options = options;
    this.clock = clock;
  }

  FlagView view() {
    return view;
  }

  FlagClientState state() {
    return state;
  }

  @Nullable Instant lastSuccess() {
    return lastSuccess;
  }

  List<FlagListener> listeners() {
    return listeners;
  }

  /** Its event loop, once it is deployed. */
  Context context() {
    return context;
  }

  @Override
  public Future<?> start() {
    Subscription hearing =
        bus.subscribe(Channels.FLAGS_CHANGED, change -> announced(change.revision()));
    subscription = hearing;
    vertx.setPeriodic(TELL_MS, minute -> tellAnswered());
    return hearing
        .started()
        .compose(
            heard -> {
              vertx.setTimer(options.startTimeout().toMillis(), late -> first.tryComplete());
              read();
              return first.future();
            });
  }

  @Override
  public Future<?> stop() {
    isStopped = true;
    vertx.cancelTimer(timer);
    first.tryComplete();
    tellAnswered();
    view = FlagView.NONE;
    become(FlagClientState.NOT_READY);
    return subscription == null ? Future.succeededFuture() : subscription.end();
  }

  private void tellAnswered() {
    answered
        .take(view.snapshot().flagRevisions().keySet())
        .ifPresent(counts -> bus.send(Channels.FLAGS_EVALUATED, counts));
  }

  private void announced(long revision) {
    if (revision > view.revision()) {
      announced = Math.max(announced, revision);
      looks = 0;
      read();
    }
  }

  private void read() {
    if (isReading || isStopped) {
      return;
    }
    isReading = true;
    vertx.cancelTimer(timer);
    bus.ask(Channels.READ_FLAG_SET, new ReadFlagSet(view.revision()))
        .map(this::newer)
        .onSuccess(this::succeeded)
        .onFailure(this::failed);
  }

  /** What the answer says beyond what is known; what is known if that is nothing. */
  private FlagView newer(FlagSet answer) {
    FlagView known = view;
    return known.isReady() && answer.revision() <= known.revision()
        ? known
        : FlagView.of(answer, answered);
  }

  private void succeeded(FlagView next) {
    isReading = false;
    if (isStopped) {
      return;
    }
    failures = 0;
    lastSuccess = clock.instant();
    FlagView before = view;
    view = next;
    become(FlagClientState.READY);
    if (before.isReady() && next.revision() > before.revision()) {
      SortedSet<String> keys =
          FlagDifference.keys(before.snapshot().flags(), next.snapshot().flags());
      tell(listener -> listener.flagsChanged(next.revision(), keys));
    }
    first.tryComplete();
    if (announced > next.revision() && looks < MOST_LOOKS) {
      readIn(FIRST_LOOK_MS << looks++);
    } else {
      announced = 0;
      readIn(options.poll().toMillis());
    }
  }

  private void failed(Throwable failure) {
    isReading = false;
    if (isStopped) {
      return;
    }
    failures++;
    if (failures == FAILURES_UNTIL_STALE) {
      LOG.warn(
          "the flags cannot be read: {}; {}",
          failure.getMessage(),
          view.isReady()
              ? "revision " + view.revision() + " stays in force"
              : "there are none yet");
    }
    if (failures >= FAILURES_UNTIL_STALE && view.isReady()) {
      become(FlagClientState.STALE);
    }
    long pause = FIRST_RETRY_MS << Math.min(failures - 1, MOST_DOUBLINGS);
    readIn(Math.min(pause, options.poll().toMillis()));
  }

  /** Jittered, so that clients which lost the same node do not ask at the same moment. */
  private void readIn(long milliseconds) {
    long jittered = Math.round(milliseconds * ThreadLocalRandom.current().nextDouble(0.8, 1.2));
    timer = vertx.setTimer(Math.max(1, jittered), due -> read());
  }

  private void become(FlagClientState next) {
    if (state != next) {
      LOG.info("flags: {} at revision {}", next, view.revision());
      state = next;
      tell(listener -> listener.stateChanged(next));
    }
  }

  private void tell(Consumer<FlagListener> news) {
    for (FlagListener listener : listeners) {
      try {
        news.accept(listener);
      } catch (RuntimeException e) {
        LOG.warn("a listener of the flags failed", e);
      }
    }
  }
}
