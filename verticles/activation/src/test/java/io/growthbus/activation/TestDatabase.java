package io.growthbus.activation;

import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.TestPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** A fresh database, seen past the room: its counters as ingest writes them, its rows as stored. */
public final class TestDatabase {
  private final PostgresSettings settings = TestPostgres.freshDatabase();

  public PostgresSettings settings() {
    return settings;
  }

  /** A connection as superuser. */
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(TestPostgres.jdbcUrl(settings));
  }

  public void execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** First column of the first row as text; {@code "none"} without a row. */
  public String value(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? String.valueOf(rows.getObject(1)) : "none";
    }
  }

  /** State of the only prompt of a user. */
  public String stateOf(String user) {
    try {
      return value("SELECT state FROM activation.prompt WHERE user_id = '" + user + "'");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Why the only prompt of a user waits. */
  public String heldOf(String user) {
    try {
      return value("SELECT held FROM activation.prompt WHERE user_id = '" + user + "'");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Sets a counter, changed just now. */
  public void count(String user, String meter, long count) throws SQLException {
    execute(counter(user, meter, count));
  }

  /** The statement that sets a counter, changed at the moment of the statement. */
  public static String counter(String user, String meter, long count) {
    return """
    WITH defined AS (
      INSERT INTO ingest.meter (key, subject, period, source, revision)
      VALUES ('%2$s', 'user', 0, 'file', 0)
      ON CONFLICT (key) WHERE NOT retired DO UPDATE SET subject = EXCLUDED.subject
      RETURNING meter_id
    )
    INSERT INTO ingest.usage (meter_id, subject, bucket, amount, changed_at)
    SELECT meter_id, '%1$s', '-infinity', %3$d, clock_timestamp() FROM defined
    ON CONFLICT (meter_id, subject, bucket) DO UPDATE
      SET amount = EXCLUDED.amount, changed_at = EXCLUDED.changed_at
    """
        .formatted(user, meter, count);
  }
}
