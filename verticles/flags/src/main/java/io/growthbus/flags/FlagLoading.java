package io.growthbus.flags;

import io.growthbus.flags.LastGoodFormat.LastGood;
import io.growthbus.flags.core.WithoutErased;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.erasure.Suppression;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the room has its definitions from: {@code growth.json} and PostgreSQL, and the last-good
 * file while PostgreSQL is down at the start.
 *
 * <p>Lives on one event loop; only what it says of itself may be asked from any thread.
 */
final class FlagLoading {
  private static final Logger LOG = LoggerFactory.getLogger(FlagLoading.class);
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final Vertx vertx;
  private final Live<GrowthConfig> config;
  private final FlagsService flags;
  private final Suppression suppression;
  private final @Nullable LastGoodFile file;
  private volatile @Nullable Instant savedAt;
  private volatile @Nullable Instant confirmedAt;
  private volatile boolean loaded;
  private boolean loading;

  /**
   * @param suppression whom to keep out of the store
   * @param file null = there is none
   */
  FlagLoading(
      Vertx vertx,
      Live<GrowthConfig> config,
      FlagsService flags,
      Suppression suppression,
      @Nullable LastGoodFile file) {
    this.vertx = vertx;
    this.config = config;
    this.flags = flags;
    this.suppression = suppression;
    this.file = file;
  }

  /**
   * Loads the definitions, once it is known whom to keep out, and looks for changes from then on.
   *
   * @return fails with the error of PostgreSQL
   */
  Future<Void> start(Duration poll) {
    vertx.setPeriodic(poll.toMillis(), timer -> poll());
    return firstLoad();
  }

  /**
   * Serves the last-good file, if PostgreSQL is down and the file is good, until PostgreSQL
   * answers.
   *
   * @return fails with the failure that it is given when it cannot
   */
  Future<Void> startFromFile(Throwable failure) {
    LastGoodFile lastGood = file;
    if (lastGood == null || !Postgres.isUnavailable(failure)) {
      return Future.failedFuture(failure);
    }
    return lastGood
        .read()
        .compose(
            found -> {
              if (found.isEmpty()) {
                return Future.failedFuture(failure);
              }
              serveMeanwhile(found.get());
              vertx.setPeriodic(RETRY.toMillis(), this::load);
              return Future.succeededFuture();
            });
  }

  private void serveMeanwhile(LastGood lastGood) {
    flags.serveMeanwhile(lastGood.snapshot());
    savedAt = lastGood.savedAt();
    confirmedAt = lastGood.savedAt();
    LOG.warn(
        "PostgreSQL is down; flags are served from the last-good file, revision {}, saved at {}",
        lastGood.snapshot().revision(),
        lastGood.savedAt());
  }

  /** What a start does with PostgreSQL, once it answers. */
  private void load(long timer) {
    if (loading) {
      return;
    }
    loading = true;
    suppression
        .refresh()
        .compose(known -> firstLoad())
        .onSuccess(
            done -> {
              vertx.cancelTimer(timer);
              LOG.info("PostgreSQL answers; flags are at revision {}", flags.revision());
            })
        .onFailure(e -> LOG.debug("PostgreSQL is still down: {}", e.toString()))
        .onComplete(done -> loading = false);
  }

  private Future<Void> firstLoad() {
    GrowthConfig taken = config.get();
    return flags
        .follow(ofFile(taken))
        .onSuccess(
            done -> {
              loaded = true;
              confirmedAt = Instant.now();
              GrowthConfig now = config.get();
              if (!now.equals(taken)) {
                follow(now);
              }
            });
  }

  /** Before the first load it is not known whom to keep out of the store; it looks again itself. */
  void follow(GrowthConfig changed) {
    if (loaded) {
      flags
          .follow(ofFile(changed))
          .onFailure(e -> LOG.error("the flags of growth.json were not stored", e));
    }
  }

  private void poll() {
    if (loaded) {
      flags
          .poll()
          .onSuccess(done -> confirmedAt = Instant.now())
          .onFailure(e -> LOG.warn("flags cannot be read: {}", e.toString()));
    }
  }

  /** Does what PostgreSQL is needed for, once it has been there; a failure is logged. */
  void keep(String what, Supplier<Future<Void>> work) {
    if (loaded) {
      work.get()
          .onFailure(
              e -> LOG.warn("the {} of flags is not up to date: {}", what, Postgres.describe(e)));
    }
  }

  private Flags ofFile(GrowthConfig growth) {
    return WithoutErased.of(growth.flags(), suppression::contains);
  }

  /** Whether PostgreSQL has been there. */
  boolean isLoaded() {
    return loaded;
  }

  /** Why the answers may not be the newest, if they come from the last-good file. */
  Optional<String> warning() {
    return flags.isProvisional()
        ? Optional.of(
            "flags are those of the last-good file, revision "
                + flags.revision()
                + ", saved at "
                + savedAt)
        : Optional.empty();
  }

  /** Seconds since PostgreSQL last said that the answers are the newest; 0 before the first. */
  double ageSeconds() {
    Instant confirmed = confirmedAt;
    return confirmed == null
        ? 0
        : Math.max(0, Duration.between(confirmed, Instant.now()).toMillis() / 1_000.0);
  }
}
