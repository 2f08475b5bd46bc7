package io.growthbus.shared.postgres;

import io.growthbus.shared.settings.Settings;
import io.vertx.core.Future;
import io.vertx.pgclient.PgConnectOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How to reach PostgreSQL.
 *
 * @param uri {@code postgresql://user:password@host:port/database}; empty = embedded
 * @param poolSize connections per room, 1 to 64
 * @param connectTimeout longest wait for a connection
 * @param statementTimeout longest run of one statement, set on the server too
 * @param maxWaiting requests that may wait for a connection; more are refused at once
 * @param roomRoles whether each room gives up all rights but its own on connect
 * @param migrated null when the schema is up to date; otherwise nobody connects before this
 *     completes, and what it says takes the place of {@code roomRoles}
 */
public record PostgresSettings(
    String uri,
    int poolSize,
    Duration connectTimeout,
    Duration statementTimeout,
    int maxWaiting,
    boolean roomRoles,
    @Nullable Future<Boolean> migrated) {

  /** A database whose schema is up to date. */
  public PostgresSettings(
      String uri,
      int poolSize,
      Duration connectTimeout,
      Duration statementTimeout,
      int maxWaiting,
      boolean roomRoles) {
    this(uri, poolSize, connectTimeout, statementTimeout, maxWaiting, roomRoles, null);
  }

  public static PostgresSettings from(Settings settings) {
    String uri =
        settings.text(
            "pg.uri", "Address of PostgreSQL 15 or newer; empty starts an embedded one", "");
    if (!uri.isEmpty() && !isAddress(uri)) {
      settings
          .problems()
          .error("pg.uri", "must look like postgresql://user:password@host:5432/database");
    }
    return new PostgresSettings(
        uri,
        settings.integer("pg.pool.size", "Connections per room", 4, 1, 64),
        settings.duration(
            "pg.connect.timeout", "Longest wait for a connection", "2s", "100ms", "60s"),
        settings.duration(
            "pg.statement.timeout", "Longest run of one statement", "5s", "100ms", "10m"),
        settings.integer(
            "pg.waiting.max", "Requests that may wait for a connection", 256, 1, 100_000),
        false);
  }

  private static boolean isAddress(String uri) {
    try {
      return !PgConnectOptions.fromUri(uri).getHost().isEmpty()
          && uri.matches("postgres(ql)?://[^\\s/?]+.*");
    } catch (IllegalArgumentException e) {
      // The parser puts the address, password included, into its message, which is dropped here.
      return false;
    }
  }

  /** The same with another address. */
  public PostgresSettings withUri(String address) {
    return new PostgresSettings(
        address, poolSize, connectTimeout, statementTimeout, maxWaiting, roomRoles, migrated);
  }

  /** The same with or without room roles. */
  public PostgresSettings withRoomRoles(boolean use) {
    return new PostgresSettings(
        uri,
        poolSize,
        connectTimeout,
        statementTimeout,
        maxWaiting,
        use,
        migrated == null ? null : migrated.map(use));
  }

  /**
   * The same, whose pools refuse to connect until the schema is up to date.
   *
   * @param roles completes then, and says whether room roles are used
   */
  public PostgresSettings onceMigrated(Future<Boolean> roles) {
    return new PostgresSettings(
        uri, poolSize, connectTimeout, statementTimeout, maxWaiting, roomRoles, roles);
  }

  @Override
  public String toString() {
    return "PostgresSettings[uri=***, poolSize=" + poolSize + ", roomRoles=" + roomRoles + "]";
  }
}
