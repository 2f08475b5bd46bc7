package io.growthbus.shared.erasure;

import io.growthbus.shared.bus.Ask;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.message.ErasureOrdered;
import io.growthbus.shared.message.ExportPage;
import io.growthbus.shared.message.ExportUser;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A room as far as the erasure and the export of users go: it knows who is kept out, works off the
 * orders, and shows what it stores. Has connections of its own, so that neither a long erasure nor
 * a busy room keeps it from learning who is kept out.
 *
 * <p>Lives on one event loop; not thread-safe.
 */
public final class ErasingRoom {
  private static final Logger LOG = LoggerFactory.getLogger(ErasingRoom.class);
  private static final int CONNECTIONS = 2;

  private final Vertx vertx;
  private final Bus bus;
  private final String room;
  private final Pool pool;
  private final Suppression suppression;
  private @Nullable Erasures erasures;

  /**
   * @param room name of the room, which is the name of its schema
   */
  public ErasingRoom(Vertx vertx, Bus bus, PostgresSettings postgres, String room) {
    this.vertx = vertx;
    this.bus = bus;
    this.room = room;
    this.pool = Postgres.pool(vertx, postgres, room, CONNECTIONS);
    this.suppression = new Suppression(vertx, pool);
  }

  /** Connections for erasing, closed by {@link #stop}. */
  public Pool pool() {
    return pool;
  }

  /** Who is kept out; filled by {@link #start}. */
  public Suppression suppression() {
    return suppression;
  }

  /**
   * Begins to listen, to work and to learn who is kept out.
   *
   * @param sources what the room stores of users
   * @param export the channel on which it shows that
   * @return completed when every node knows the registrations, whether or not PostgreSQL answers
   */
  public Future<Void> begin(
      Erasures.Eraser eraser, List<UserExport.Source> sources, Ask<ExportUser, ExportPage> export) {
    return start(eraser, sources, export)
        .recover(
            failure -> {
              LOG.warn(
                  "{} will learn who is suppressed by polling: {}",
                  room,
                  Postgres.describe(failure));
              return Future.succeededFuture();
            });
  }

  /**
   * As {@link #begin}, and knows then who is kept out.
   *
   * @return fails with the error of PostgreSQL
   */
  public Future<Void> start(
      Erasures.Eraser eraser, List<UserExport.Source> sources, Ask<ExportUser, ExportPage> export) {
    Erasures working = new Erasures(vertx, bus, pool, room, eraser);
    erasures = working;
    UserExport pages = new UserExport(pool, sources);
    working.start();
    return Future.all(
            bus.hear(Channels.ERASURE_ORDERED, this::ordered), bus.answer(export, pages::page))
        .compose(registered -> suppression.start());
  }

  /** Ends it, after what is under way; a pass that is not marked is done again elsewhere. */
  public Future<Void> stop() {
    suppression.stop();
    return (erasures == null ? Future.<Void>succeededFuture() : erasures.stop())
        .eventually(pool::close);
  }

  private void ordered(ErasureOrdered fact) {
    suppression
        .refresh()
        .onFailure(
            e ->
                LOG.warn(
                    "{} will learn of order {} by polling: {}",
                    room,
                    fact.orderId(),
                    Postgres.describe(e)));
    if (erasures != null) {
      erasures.look();
    }
  }
}
