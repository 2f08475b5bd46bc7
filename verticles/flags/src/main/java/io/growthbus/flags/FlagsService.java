package io.growthbus.flags;

import io.growthbus.flags.store.FlagStore;
import io.growthbus.flags.store.FlagStore.Followed;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.message.FlagSet;
import io.growthbus.shared.message.FlagsChanged;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The definitions of flags. Questions are answered from the snapshot in memory, which is replaced
 * by a higher revision only and outlives an absent database.
 */
final class FlagsService {
  private static final Logger LOG = LoggerFactory.getLogger(FlagsService.class);

  private final FlagStore store;
  private final Bus bus;
  private final EvaluationCounts counts;
  private final Consumer<FlagSnapshot> replaced;
  private volatile FlagSnapshot snapshot = FlagSnapshot.EMPTY;
  private volatile Future<Void> following = Future.succeededFuture();
  private volatile @Nullable Flags wanted;
  private volatile LongConsumer applied = revision -> {};
  private volatile boolean provisional;
  private volatile long saidBehind = -1;

  /**
   * @param counts is told of every evaluation
   * @param replaced hears every snapshot that comes from the store
   */
  FlagsService(FlagStore store, Bus bus, EvaluationCounts counts, Consumer<FlagSnapshot> replaced) {
    this.store = store;
    this.bus = bus;
    this.counts = counts;
    this.replaced = replaced;
  }

  /** Answers from these flags until the store gives the same revision or a higher one. */
  synchronized void serveMeanwhile(FlagSnapshot lastGood) {
    snapshot = lastGood;
    provisional = true;
  }

  /** Whether the answers are those of {@link #serveMeanwhile}. */
  boolean isProvisional() {
    return provisional;
  }

  /** The flags that are evaluated. */
  FlagSnapshot snapshot() {
    return snapshot;
  }

  /**
   * Makes the stored definitions follow the file, and tells every node when that changed them.
   * Calls are done one after the other, so that the last file wins; one that fails is done again by
   * {@link #poll}.
   *
   * @return fails with the error of PostgreSQL, the snapshot is then as before
   */
  synchronized Future<Void> follow(Flags file) {
    wanted = file;
    following = following.transform(earlier -> store.follow(file)).map(this::adopt);
    return following.onSuccess(done -> forget(file));
  }

  /** Reads the definitions when a revision is higher than the one in memory. */
  Future<Void> catchUp(long revision) {
    return revision > snapshot.revision()
        ? store.read().onSuccess(this::replace).mapEmpty()
        : Future.succeededFuture();
  }

  /** An operation on the store gave the definitions a new revision: every node learns of it. */
  Future<Void> changed(long revision) {
    return catchUp(revision)
        .onSuccess(done -> bus.publish(Channels.FLAGS_CHANGED, new FlagsChanged(revision)));
  }

  /** Looks whether a broadcast was missed, after storing a file that could not be stored before. */
  Future<Void> poll() {
    Flags unstored = wanted;
    if (unstored != null && following.isComplete()) {
      return follow(unstored);
    }
    long before = snapshot.revision();
    return store
        .revision()
        .onSuccess(stored -> compare(before, stored))
        .compose(this::catchUp)
        .onSuccess(
            done -> {
              if (snapshot.revision() > before) {
                LOG.info("revision {} of the flags was found by polling", snapshot.revision());
              }
            });
  }

  /** Says once of a database that it is behind what this node has read from it before. */
  private void compare(long before, long stored) {
    if (stored < before && !provisional && stored != saidBehind) {
      saidBehind = stored;
      LOG.warn(
          "PostgreSQL has revision {} of the flags, below revision {}, which is served on until"
              + " flags are changed: it seems to have been replaced by an older state",
          stored,
          before);
    }
  }

  /** Has each revision told from now on when this node begins to act by it. */
  void onApplied(LongConsumer listener) {
    applied = listener;
  }

  /** The revision by which this node acts. */
  long revision() {
    return snapshot.revision();
  }

  FlagSet definitions() {
    counts.fetched();
    FlagSnapshot now = snapshot;
    return new FlagSet(
        now.revision(),
        now.definitions(),
        now.flags().segments(),
        now.flags().holdouts(),
        now.flagRevisions());
  }

  /** The definitions when their revision is higher than one, else the revision alone. */
  FlagSet definitionsAfter(long revision) {
    FlagSet now = definitions();
    return now.revision() > revision ? now : new FlagSet(now.revision(), List.of());
  }

  /** Acts by what a change has made of the definitions, and tells every node. */
  @Nullable Void adopt(Followed result) {
    replace(result.snapshot());
    if (result.changed()) {
      bus.publish(Channels.FLAGS_CHANGED, new FlagsChanged(result.snapshot().revision()));
    }
    return null;
  }

  private synchronized void forget(Flags stored) {
    if (stored.equals(wanted)) {
      wanted = null;
    }
  }

  private synchronized void replace(FlagSnapshot next) {
    if (next.revision() > snapshot.revision()
        || snapshot == FlagSnapshot.EMPTY
        || (provisional && next.revision() == snapshot.revision())) {
      snapshot = next;
      applied.accept(next.revision());
      provisional = false;
      replaced.accept(next);
    } else if (provisional) {
      LOG.warn(
          "PostgreSQL has revision {} of the flags, below revision {} of the last-good file, which"
              + " is served on; a restart takes what PostgreSQL has",
          next.revision(),
          snapshot.revision());
    }
  }
}
