package io.growthbus.shared.postgres;

import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.util.concurrent.TimeUnit;

/** Connections to PostgreSQL and what their failures mean. */
public final class Postgres {
  private Postgres() {}

  /**
   * A pool of a room's connections.
   *
   * <p>With room roles each connection runs as {@code growthbus_<room>}: it reads and writes the
   * schema of its room and reads schema {@code growth}, nothing else.
   *
   * @param room name of the room, which is the name of its schema
   * @return the pool; a request beyond its bounded queue fails at once
   */
  public static Pool pool(Vertx vertx, PostgresSettings settings, String room) {
    return pool(vertx, settings, room, settings.poolSize());
  }

  /** As {@link #pool(Vertx, PostgresSettings, String)} with a size of its own. */
  public static Pool pool(Vertx vertx, PostgresSettings settings, String room, int size) {
    PgConnectOptions connect =
        PgConnectOptions.fromUri(settings.uri())
            .setCachePreparedStatements(true)
            .addProperty("application_name", "growthbus-" + room)
            .addProperty(
                "statement_timeout", String.valueOf(settings.statementTimeout().toMillis()));
    if (settings.roomRoles()) {
      connect.addProperty("role", "growthbus_" + room);
    }
    int timeoutMs = Math.toIntExact(settings.connectTimeout().toMillis());
    PoolOptions options =
        new PoolOptions()
            .setName(room)
            .setMaxSize(size)
            .setMaxWaitQueueSize(settings.maxWaiting())
            .setConnectionTimeout(timeoutMs)
            .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS);
    return PgBuilder.pool()
        .with(options)
        .with(new NetClientOptions().setConnectTimeout(timeoutMs).setTcpKeepAlive(true))
        .connectingTo(connect)
        .using(vertx)
        .build();
  }

  /**
   * Whether the same idempotent statement may succeed when repeated: lost or refused connections,
   * serialization failures and deadlocks, a server that starts, stops or lacks resources.
   */
  public static boolean isTransient(Throwable failure) {
    if (failure instanceof PgException pg) {
      String state = pg.getSqlState() == null ? "" : pg.getSqlState();
      return state.startsWith("08")
          || state.startsWith("40")
          || state.startsWith("53")
          || state.startsWith("57");
    }
    return failure instanceof ClosedConnectionException
        || failure instanceof java.io.IOException
        || failure instanceof java.util.concurrent.TimeoutException
        || failure instanceof VertxException;
  }

  /** Whether a value in the statement was refused: SQLSTATE class 22 or 54. */
  public static boolean isPoison(Throwable failure) {
    return failure instanceof PgException pg
        && pg.getSqlState() != null
        && (pg.getSqlState().startsWith("22") || pg.getSqlState().startsWith("54"));
  }

  /** Whether a row broke a check or belongs to no partition: SQLSTATE 23514. */
  public static boolean isWithoutPartition(Throwable failure) {
    return failure instanceof PgException pg && "23514".equals(pg.getSqlState());
  }

  /**
   * A failure in words that quote no value: the SQLSTATE, or the type of the failure and where it
   * arose. The message of PostgreSQL may hold what a sender wrote.
   */
  public static String describe(Throwable failure) {
    if (failure instanceof PgException pg) {
      return "SQLSTATE " + pg.getSqlState();
    }
    StackTraceElement[] trace = failure.getStackTrace();
    return failure.getClass().getName() + (trace.length == 0 ? "" : " at " + trace[0]);
  }
}
