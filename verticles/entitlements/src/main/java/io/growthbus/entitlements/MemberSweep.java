package io.growthbus.entitlements;

import io.growthbus.entitlements.store.ClaimStore;
import io.growthbus.entitlements.store.ClaimStore.Unheeded;
import io.growthbus.entitlements.store.OverrideStore.Claim;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.MembersNamed;
import io.growthbus.shared.postgres.Postgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.OffsetDateTime;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes users members of accounts as stored events say. What ingest announces is a reason to look
 * at once; what it keeps is what counts, so a lost announcement costs the time until the next look.
 *
 * <p>Lives on one event loop; not thread-safe. Several nodes may look at once: who is a member
 * already is passed over.
 */
final class MemberSweep {
  private static final Logger LOG = LoggerFactory.getLogger(MemberSweep.class);

  private static final long REST_MS = 200;

  private final Vertx vertx;
  private final ClaimStore claims;
  private final Function<Claim, Future<Void>> join;
  private final MemberSweepSettings settings;
  private Future<Void> running = Future.succeededFuture();
  private boolean resting;
  private boolean again;
  private boolean stopped;
  private long timer = -1;

  /**
   * @param join makes a user a member; fails with {@link RoomException}
   */
  MemberSweep(
      Vertx vertx,
      ClaimStore claims,
      Function<Claim, Future<Void>> join,
      MemberSweepSettings settings) {
    this.vertx = vertx;
    this.claims = claims;
    this.join = join;
    this.settings = settings;
  }

  /** Begins to look from time to time. */
  void start() {
    timer = vertx.setPeriodic(settings.every().toMillis(), tick -> look());
  }

  /** Ends it; completed when nothing is under way. */
  Future<Void> stop() {
    stopped = true;
    vertx.cancelTimer(timer);
    return running;
  }

  /** Events that name members were committed. */
  Future<Void> named(MembersNamed fact) {
    if (running.isComplete() && !resting) {
      return look();
    }
    again = true;
    return running;
  }

  /** One look at a time; what is announced meanwhile is looked at after it. Never fails. */
  private Future<Void> look() {
    if (running.isComplete() && !stopped) {
      again = false;
      running =
          page(null, null)
              .compose(claims::swept)
              .recover(
                  failure -> {
                    LOG.warn("who belongs to an account is looked up later: {}", words(failure));
                    return Future.succeededFuture();
                  })
              .onComplete(done -> rest());
    }
    return running;
  }

  /** Events that never cease to name members must not keep the database busy. */
  private void rest() {
    resting = true;
    vertx.setTimer(
        REST_MS,
        rested -> {
          resting = false;
          if (again) {
            look();
          }
        });
  }

  /** The moment of the first page, up to which nothing is missed any more. */
  private Future<OffsetDateTime> page(@Nullable Claim after, @Nullable OffsetDateTime first) {
    return claims
        .unheeded(settings.window(), after)
        .compose(
            page -> {
              OffsetDateTime asOf = first == null ? page.asOf() : first;
              return heed(page)
                  .compose(
                      done ->
                          page.hasMore()
                              ? page(page.claims().get(page.claims().size() - 1), asOf)
                              : Future.succeededFuture(asOf));
            });
  }

  private Future<Void> heed(Unheeded page) {
    Future<Void> heeded = Future.succeededFuture();
    for (Claim claim : page.claims()) {
      heeded = heeded.compose(before -> join.apply(claim)).recover(MemberSweep::passOver);
    }
    return heeded;
  }

  /** A full account, or a user who is kept out, must not keep the others from joining. */
  private static Future<Void> passOver(Throwable failure) {
    if (failure instanceof RoomException refusal && refusal.kind() == ErrorKind.CONFLICT) {
      LOG.debug("an event makes nobody a member: {}", refusal.code());
      return Future.succeededFuture();
    }
    return Future.failedFuture(failure);
  }

  private static String words(Throwable failure) {
    return failure instanceof RoomException refusal ? refusal.code() : Postgres.describe(failure);
  }
}
