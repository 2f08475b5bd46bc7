package io.growthbus.cluster;

import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Secret;
import io.vertx.pgclient.PgConnectOptions;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.Properties;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/**
 * What is done in PostgreSQL before any room starts: the schema brought up to date, the rights of
 * the rooms looked up, secrets that nobody configured made once for all nodes.
 *
 * <p>Uses JDBC, which blocks, and therefore runs before the event loops.
 */
final class Migrations {
  private static final int OLDEST_SERVER = 150_000;
  private static final int SECRET_BYTES = 32;

  private final PostgresSettings settings;
  private final PgConnectOptions address;

  /** Migrations of the database at the address of these settings. */
  Migrations(PostgresSettings settings) {
    this.settings = settings;
    this.address = PgConnectOptions.fromUri(settings.uri());
  }

  /**
   * Migrates.
   *
   * @return the settings with room roles when all of them can be used
   * @throws StartException when the database cannot be reached, is too old, or refuses a migration
   */
  PostgresSettings run() {
    try (Connection connection = connect()) {
      int version = integer(connection, "SELECT current_setting('server_version_num')::int");
      if (version < OLDEST_SERVER) {
        throw StartException.environment(
            "PostgreSQL " + version / 10_000 + " is too old; 15 or newer is needed.");
      }
    } catch (SQLException e) {
      throw unreachable(e);
    }
    migrate();
    try (Connection connection = connect()) {
      int usable =
          integer(
              connection,
              "SELECT count(*)::int FROM pg_roles WHERE rolname IN ('growthbus_ingest',"
                  + " 'growthbus_flags', 'growthbus_entitlements', 'growthbus_activation') AND"
                  + " pg_has_role(current_user, oid, 'MEMBER')");
      return settings.withRoomRoles(usable == 4);
    } catch (SQLException e) {
      throw unreachable(e);
    }
  }

  /**
   * A secret that all nodes share, made at the first call.
   *
   * @param name what it is for
   * @param prefix how its text begins
   */
  Secret generatedSecret(String name, String prefix) {
    byte[] random = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(random);
    String fresh = prefix + HexFormat.of().formatHex(random);
    try (Connection connection = connect();
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO growth.generated_secret (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING");
        PreparedStatement select =
            connection.prepareStatement(
                "SELECT value FROM growth.generated_secret WHERE name = ?")) {
      insert.setString(1, name);
      insert.setString(2, fresh);
      insert.executeUpdate();
      select.setString(1, name);
      try (ResultSet rows = select.executeQuery()) {
        rows.next();
        return new Secret(rows.getString(1));
      }
    } catch (SQLException e) {
      throw unreachable(e);
    }
  }

  private void migrate() {
    try {
      Flyway.configure()
          .dataSource(jdbcUrl(), address.getUser(), password())
          .locations("classpath:db/migration")
          .defaultSchema("growth")
          .createSchemas(true)
          .outOfOrder(true)
          .connectRetries(0)
          .load()
          .migrate();
    } catch (FlywayException e) {
      String problem = "The database could not be brought up to date: " + e.getMessage();
      throw isDown(e) ? StartException.databaseDown(problem) : StartException.environment(problem);
    }
  }

  private Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", address.getUser());
    properties.setProperty("password", password());
    String patience = String.valueOf(Math.max(1, settings.connectTimeout().toSeconds()));
    properties.setProperty("connectTimeout", patience);
    properties.setProperty("loginTimeout", patience);
    properties.setProperty("ApplicationName", "growthbus-migrations");
    return DriverManager.getConnection(jdbcUrl(), properties);
  }

  private static int integer(Connection connection, String query) throws SQLException {
    try (var statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getInt(1);
    }
  }

  private String jdbcUrl() {
    String host = address.getHost();
    int query = settings.uri().indexOf('?');
    return "jdbc:postgresql://"
        + (host.contains(":") ? "[" + host + "]" : host)
        + ":"
        + address.getPort()
        + "/"
        + URLEncoder.encode(address.getDatabase(), StandardCharsets.UTF_8)
        + (query < 0 ? "" : settings.uri().substring(query));
  }

  private String password() {
    return address.getPassword() == null ? "" : address.getPassword();
  }

  private StartException unreachable(SQLException e) {
    String problem =
        "PostgreSQL at "
            + address.getHost()
            + ":"
            + address.getPort()
            + "/"
            + address.getDatabase()
            + " cannot be used: "
            + e.getMessage()
            + " Check GROWTHBUS_PG_URI, or leave it empty for the embedded one.";
    return isDown(e) ? StartException.databaseDown(problem) : StartException.environment(problem);
  }

  /**
   * Whether the server was not reached, or starts, stops or has no connection left: SQLSTATE class
   * 08, class 57P, 53300. A refused password or an unknown database is something else.
   */
  private static boolean isDown(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && sql.getSQLState() != null) {
        String state = sql.getSQLState();
        return state.startsWith("08") || state.startsWith("57P") || state.equals("53300");
      }
    }
    return false;
  }
}
