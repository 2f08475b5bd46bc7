package io.growthbus.shared.postgres;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClientBuilder;
import io.vertx.sqlclient.ClosedConnectionException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlConnectOptions;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Connections to PostgreSQL and what their failures mean.
 *
 * <p>A connection whose other end has vanished without a word would hold whoever waits for it until
 * TCP gives up, which takes a quarter of an hour or more. The server ends every statement at {@code
 * statement_timeout}; one that is silent for longer is gone, and the connection is closed. So that
 * a connection that was merely unused is not taken for such a one, the pool closes it before.
 */
public final class Postgres {
  /** How long a connection may be unused. */
  private static final Duration UNUSED = Duration.ofSeconds(3);

  /** How late the pool may be in closing an unused connection, and an answer in arriving. */
  private static final Duration MARGIN = Duration.ofSeconds(1);

  /** Characters of a statement that is prepared once for a connection. */
  private static final int LONGEST_STATEMENT = 16 * 1024;

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
    return pool(vertx, settings, room, size, Map.of());
  }

  /**
   * As {@link #pool(Vertx, PostgresSettings, String)} with a size and server settings of its own.
   *
   * @param session settings of PostgreSQL for each connection, by name
   */
  public static Pool pool(
      Vertx vertx, PostgresSettings settings, String room, int size, Map<String, String> session) {
    PgConnectOptions connect =
        PgConnectOptions.fromUri(settings.uri())
            .setCachePreparedStatements(true)
            // The driver's own limit leaves out the longest statements, which cost most to prepare.
            .setPreparedStatementCacheSqlLimit(LONGEST_STATEMENT)
            .addProperty("application_name", "growthbus-" + room)
            .addProperty(
                "statement_timeout", String.valueOf(settings.statementTimeout().toMillis()));
    session.forEach(connect::addProperty);
    int timeoutMs = Math.toIntExact(settings.connectTimeout().toMillis());
    PoolOptions options =
        new PoolOptions()
            .setName(room)
            .setMaxSize(size)
            .setMaxWaitQueueSize(settings.maxWaiting())
            .setConnectionTimeout(timeoutMs)
            .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS)
            .setIdleTimeout(Math.toIntExact(UNUSED.toMillis()))
            .setIdleTimeoutUnit(TimeUnit.MILLISECONDS);
    Duration silence = UNUSED.plus(MARGIN).plus(silenceLimit(settings));
    ClientBuilder<Pool> pool =
        PgBuilder.pool()
            .with(options)
            .with(
                new NetClientOptions()
                    .setConnectTimeout(timeoutMs)
                    .setTcpKeepAlive(true)
                    .setReadIdleTimeout(Math.toIntExact(silence.toMillis()))
                    .setIdleTimeoutUnit(TimeUnit.MILLISECONDS))
            .using(vertx);
    Future<Boolean> migrated = settings.migrated();
    return migrated == null
        ? pool.connectingTo(withRole(connect, room, settings.roomRoles())).build()
        : pool.connectingTo(() -> onceMigrated(migrated, connect, room)).build();
  }

  private static PgConnectOptions withRole(
      PgConnectOptions connect, String room, boolean roomRoles) {
    return roomRoles ? connect.addProperty("role", "growthbus_" + room) : connect;
  }

  /** Fails at once, as a server that is down does, until the schema is up to date. */
  private static Future<SqlConnectOptions> onceMigrated(
      Future<Boolean> migrated, PgConnectOptions connect, String room) {
    return migrated.isComplete()
        ? migrated.map(roles -> withRole(new PgConnectOptions(connect), room, roles))
        : Future.failedFuture(new ConnectException("PostgreSQL has not been reached yet"));
  }

  /** How long a statement may be without an answer before its server is to be taken for gone. */
  public static Duration silenceLimit(PostgresSettings settings) {
    return settings.statementTimeout().plus(MARGIN);
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

  /**
   * Whether the server did not do its work at all, so that others would fare no better: {@link
   * #isTransient} without serialization failures and deadlocks.
   */
  public static boolean isUnavailable(Throwable failure) {
    return isTransient(failure)
        && !(failure instanceof PgException pg
            && pg.getSqlState() != null
            && pg.getSqlState().startsWith("40"));
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
