package io.growthbus.ingest.store;

import io.growthbus.shared.message.EventPage;
import io.growthbus.shared.message.ListEvents;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A store whose every commit waits until the test says how it ends, or until the next turn of the
 * loop once there is a store behind it.
 */
public final class ScriptedStore implements EventStore {
  private final Context context;
  private final List<Commit> commits = new CopyOnWriteArrayList<>();
  private volatile @Nullable EventStore behind;

  /** A commit that was asked for. */
  public final class Commit {
    private final List<NewEvent> events;
    private final MeterSet meters;
    private final Promise<Committed> end = Promise.promise();

    private Commit(List<NewEvent> events, MeterSet meters) {
      this.events = events;
      this.meters = meters;
    }

    public List<UUID> ids() {
      return events.stream().map(event -> event.event().eventId()).toList();
    }

    public MeterSet meters() {
      return meters;
    }

    /** All its events are new. */
    public void succeed(MeterReading... readings) {
      Set<UUID> inserted = new HashSet<>(ids());
      context.runOnContext(
          go -> end.complete(new Committed(inserted, Map.of(), List.of(readings))));
    }

    public void fail(Throwable failure) {
      context.runOnContext(go -> end.fail(failure));
    }
  }

  /**
   * @param context where its futures complete, as those of a pool do
   */
  public ScriptedStore(Context context) {
    this.context = context;
  }

  @Override
  public Future<Committed> commit(List<NewEvent> events, MeterSet meters) {
    Commit commit = new Commit(events, meters);
    commits.add(commit);
    EventStore real = behind;
    if (real != null) {
      context.runOnContext(go -> real.commit(events, meters).onComplete(commit.end));
    }
    return commit.end.future();
  }

  /** From now on commits are those of this store. */
  public void continueWith(EventStore real) {
    behind = real;
  }

  /** How many commits were asked for so far. */
  public int asked() {
    return commits.size();
  }

  /** The commit of this number, from 0, as soon as it is asked for. */
  public Commit commit(int number) {
    Await.until(
        "commit " + number + " is asked for",
        Duration.ofSeconds(10),
        () -> commits.size() > number);
    return commits.get(number);
  }

  @Override
  public Future<EventPage> list(ListEvents query) {
    return Future.succeededFuture(new EventPage(List.of(), null));
  }

  @Override
  public Future<Optional<String>> durabilityWarning() {
    return Future.succeededFuture(Optional.empty());
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }
}
