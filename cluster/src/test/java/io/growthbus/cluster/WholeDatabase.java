package io.growthbus.cluster;

import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.TestPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Every row of every table of a database, as somebody sees it who may see all. */
final class WholeDatabase {
  private static final String TABLES =
      """
      SELECT format('%I.%I', n.nspname, c.relname)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      ORDER BY 1
      """;

  private final String jdbcUrl;

  WholeDatabase(PostgresSettings database) {
    this.jdbcUrl = TestPostgres.jdbcUrl(database);
  }

  /** The rows that contain a text anywhere, each with its table. */
  List<String> rowsWith(String text) {
    List<String> found = new ArrayList<>();
    for (String table : column(TABLES)) {
      column(
              "SELECT t::text FROM "
                  + table
                  + " t WHERE strpos(t::text, ?) > 0 OR strpos(to_jsonb(t)::text, ?) > 0",
              text,
              text)
          .forEach(row -> found.add(table + " " + row));
    }
    return found;
  }

  /** The first column of a query. */
  List<String> column(String sql, Object... parameters) {
    List<String> values = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection(jdbcUrl);
        PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          values.add(rows.getString(1));
        }
      }
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
    return values;
  }

  /** The only number of a query. */
  long number(String sql, Object... parameters) {
    return Long.parseLong(column(sql, parameters).get(0));
  }

  /** Runs a statement. */
  void run(String sql) {
    try (Connection connection = DriverManager.getConnection(jdbcUrl);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }
}
