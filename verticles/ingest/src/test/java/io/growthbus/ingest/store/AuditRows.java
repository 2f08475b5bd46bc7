package io.growthbus.ingest.store;

import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.TestPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The audit of one thing, as somebody sees it who may see all. */
public final class AuditRows {
  private AuditRows() {}

  /** Actor, action, kind, what it became and revision of each change, the oldest first. */
  public static List<String> of(PostgresSettings database, String key) {
    String sql =
        "SELECT concat_ws(' ', actor, action, kind, coalesce(after::text, 'null'), revision)"
            + " FROM growth.audit WHERE key = ? ORDER BY id";
    List<String> rows = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection(TestPostgres.jdbcUrl(database));
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, key);
      try (ResultSet found = statement.executeQuery()) {
        while (found.next()) {
          rows.add(found.getString(1));
        }
      }
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
    return rows;
  }
}
