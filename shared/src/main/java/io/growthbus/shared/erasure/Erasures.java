package io.growthbus.shared.erasure;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.message.ErasureOrdered;
import io.growthbus.shared.postgres.Postgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A room's part in the erasure of users: claims what is due, has it erased, marks it, and looks
 * every {@link #POLL} for orders whose broadcast was lost.
 *
 * <p>A room erases at once and once more after the order has settled, which is when no node stores
 * any more what it took before it learned of the order. A pass that fails is claimed again by some
 * node when its lease has ended.
 *
 * <p>Lives on one event loop; not thread-safe. Logs the number of the order only.
 */
public final class Erasures {
  /** How often a room looks for open orders. */
  public static final Duration POLL = Duration.ofSeconds(2);

  private static final Logger LOG = LoggerFactory.getLogger(Erasures.class);
  private static final Duration LEASE = Duration.ofSeconds(20);
  private static final Duration RENEWAL = Duration.ofSeconds(5);

  private static final String CLAIM =
      """
      SELECT c.order_id, c.user_id, c.passes, o.suppress
      FROM growth.claim_erasure($1, $2::int8 * interval '1 millisecond') c
      JOIN growth.erasure_order o ON o.id = c.order_id
      """;
  private static final String RENEW =
      "SELECT growth.renew_erasure($1, $2, $3::int8 * interval '1 millisecond')::text";
  private static final String MARK = "SELECT growth.mark_erasure($1, $2)::text";

  /**
   * A pass over what a room holds of a user.
   *
   * @param repeated whether a pass was done before, so that only what came since is left
   */
  public record Pass(UUID orderId, String userId, boolean suppress, boolean repeated) {}

  /** Erases what a room holds. */
  public interface Eraser {
    /**
     * Erases everything that is there now; may be done again.
     *
     * @return completed when it is committed; fails with the error of PostgreSQL
     */
    Future<Void> erase(Pass pass);
  }

  private final Vertx vertx;
  private final Bus bus;
  private final Pool pool;
  private final String room;
  private final Eraser eraser;
  private Future<Void> working = Future.succeededFuture();
  private boolean again;
  private boolean stopped;
  private long timer = -1;

  /**
   * @param pool connections of the room; they run as its role
   * @param room name of the room
   */
  public Erasures(Vertx vertx, Bus bus, Pool pool, String room, Eraser eraser) {
    this.vertx = vertx;
    this.bus = bus;
    this.pool = pool;
    this.room = room;
    this.eraser = eraser;
  }

  /** Begins to look for orders. */
  public void start() {
    timer = vertx.setPeriodic(POLL.toMillis(), tick -> look());
  }

  /** Ends it; completed when nothing is under way. */
  public Future<Void> stop() {
    stopped = true;
    vertx.cancelTimer(timer);
    return working.otherwiseEmpty();
  }

  /** Looks for orders now. */
  public void look() {
    if (stopped) {
      return;
    }
    if (!working.isComplete()) {
      again = true;
      return;
    }
    again = false;
    working =
        workOff()
            .onFailure(
                e -> LOG.warn("{} will look for erasures again: {}", room, Postgres.describe(e)));
    working.onComplete(
        done -> {
          if (again) {
            look();
          }
        });
  }

  private Future<Void> workOff() {
    return claim()
        .compose(
            claimed ->
                claimed.isEmpty()
                    ? Future.succeededFuture()
                    : erase(claimed.get())
                        .compose(done -> stopped ? Future.succeededFuture() : workOff()));
  }

  private Future<Optional<Pass>> claim() {
    return pool.preparedQuery(CLAIM).execute(Tuple.of(room, LEASE.toMillis())).map(Erasures::pass);
  }

  private static Optional<Pass> pass(RowSet<Row> rows) {
    if (rows.size() == 0) {
      return Optional.empty();
    }
    Row row = rows.iterator().next();
    return Optional.of(
        new Pass(
            row.getUUID("order_id"),
            row.getString("user_id"),
            row.getBoolean("suppress"),
            row.getInteger("passes") > 0));
  }

  private Future<Void> erase(Pass pass) {
    bus.publish(
        Channels.ERASURE_ORDERED,
        new ErasureOrdered(pass.orderId().toString(), pass.userId(), pass.suppress()));
    long renewal = vertx.setPeriodic(RENEWAL.toMillis(), tick -> renew(pass));
    return eraser
        .erase(pass)
        .onComplete(done -> vertx.cancelTimer(renewal))
        .compose(done -> pool.preparedQuery(MARK).execute(Tuple.of(pass.orderId(), room)))
        .onSuccess(done -> LOG.info("{} erased its part of order {}", room, pass.orderId()))
        .mapEmpty();
  }

  private void renew(Pass pass) {
    pool.preparedQuery(RENEW)
        .execute(Tuple.of(pass.orderId(), room, LEASE.toMillis()))
        .onFailure(
            e ->
                LOG.warn(
                    "the lease of {} on order {} was not renewed: {}",
                    room,
                    pass.orderId(),
                    Postgres.describe(e)));
  }
}
