package io.growthbus.ingest;

import io.growthbus.ingest.QuarantineReplay.Tally;
import io.growthbus.ingest.registry.LiveContracts;
import io.growthbus.ingest.store.QuarantineStore;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.ListQuarantine;
import io.growthbus.shared.message.ListQuarantineGroups;
import io.growthbus.shared.message.QuarantineGroups;
import io.growthbus.shared.message.QuarantinePage;
import io.growthbus.shared.message.QuarantineReplayed;
import io.growthbus.shared.message.QuarantineSelector;
import io.growthbus.shared.message.ReplayQuarantine;
import io.growthbus.shared.postgres.Postgres;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;

/** The use cases of the operator: see what was refused and why, and replay it after a fix. */
final class QuarantineService {
  private static final int PAGE = 1_000;
  private static final int IDS = 1_000;
  private static final int REPLAY = 10_000;

  /** Rows that are judged in one transaction; they are held meanwhile. */
  private static final int AT_ONCE = 100;

  /** After this time a replay stops and says where to go on; well below what the asker waits. */
  private static final long LONGEST_NS = Duration.ofSeconds(4).toNanos();

  private final QuarantineStore store;
  private final QuarantineReplay replay;
  private final LiveContracts contracts;
  private final Duration retention;

  QuarantineService(
      QuarantineStore store, QuarantineReplay replay, LiveContracts contracts, Duration retention) {
    this.store = store;
    this.replay = replay;
    this.contracts = contracts;
    this.retention = retention;
  }

  /**
   * Reasons with their numbers; fails with {@link RoomException} {@code invalid_limit}, {@code
   * invalid_cursor} or {@code store_unavailable}.
   */
  Future<QuarantineGroups> groups(ListQuarantineGroups query) {
    return within(query.limit(), PAGE)
        .compose(ok -> store.groups(query))
        .recover(QuarantineService::unavailable);
  }

  /** Kept events; fails as {@link #groups}. */
  Future<QuarantinePage> list(ListQuarantine query) {
    return within(query.limit(), PAGE)
        .compose(ok -> named(query.selector()))
        .compose(ok -> store.list(query))
        .recover(QuarantineService::unavailable);
  }

  /**
   * Judges kept events again, page by page. Each page is one transaction that holds its rows:
   * another replay passes over them. Its events are committed before the rows are deleted; if that
   * is cut off in between, the next replay finds duplicates.
   *
   * @return fails with {@link RoomException} {@code invalid_limit}, {@code invalid_selector} or,
   *     when part of it may be done, with {@code overloaded}, {@code commit_timeout} or {@code
   *     store_unavailable}
   */
  Future<QuarantineReplayed> replay(ReplayQuarantine order) {
    Tally tally = new Tally(order.after());
    long begin = System.nanoTime();
    return within(order.limit(), REPLAY)
        .compose(ok -> named(order.selector()))
        .compose(ok -> contracts.poll())
        .compose(current -> pages(order, tally, begin))
        .compose(more -> store.count(order.selector()).map(left -> tally.answer(left, more)))
        .recover(QuarantineService::unavailable);
  }

  /** Whether it stopped before the end. */
  private Future<Boolean> pages(ReplayQuarantine order, Tally tally, long begin) {
    int limit = Math.min(AT_ONCE, order.limit() - tally.judged());
    if (limit == 0 || System.nanoTime() - begin > LONGEST_NS) {
      return Future.succeededFuture(true);
    }
    Tally page = new Tally(tally.last());
    return store
        .settle(
            order.selector(),
            tally.last(),
            limit,
            Instant.ofEpochMilli(order.atMs()).minus(retention),
            rows -> replay.judge(rows, order, page))
        .compose(
            rows -> {
              tally.add(page);
              return rows.size() < limit
                  ? Future.succeededFuture(false)
                  : pages(order, tally, begin);
            });
  }

  private static Future<Void> within(int limit, int most) {
    return limit >= 1 && limit <= most
        ? Future.succeededFuture()
        : Future.failedFuture(
            new RoomException(
                ErrorKind.INVALID, "invalid_limit", "The limit must be 1 to " + most + "."));
  }

  private static Future<Void> named(QuarantineSelector selector) {
    boolean none =
        selector.event() == null
            && selector.code() == null
            && selector.pointer() == null
            && selector.ids() == null;
    return none || (selector.ids() != null && selector.ids().size() > IDS)
        ? Future.failedFuture(
            new RoomException(
                ErrorKind.INVALID,
                "invalid_selector",
                "Name event, code, pointer or at most " + IDS + " ids."))
        : Future.succeededFuture();
  }

  private static <T> Future<T> unavailable(Throwable failure) {
    return Future.failedFuture(
        Postgres.isTransient(failure)
            ? GroupQueue.unavailable(
                "store_unavailable", "The quarantine cannot be reached now; try again.")
            : failure);
  }
}
