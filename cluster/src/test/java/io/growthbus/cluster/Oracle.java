package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.testing.Await;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * What must be true in the database after any fault: nothing acknowledged is lost, nothing is
 * stored or counted twice, crossings and prompts follow the counters exactly, no deadlock.
 */
final class Oracle {
  private static final Duration SWEEP = Duration.ofSeconds(30);

  private static final String LOST =
      "SELECT a.id FROM unnest(?::uuid[]) AS a(id) LEFT JOIN ingest.event e ON e.event_id = a.id"
          + " WHERE e.event_id IS NULL";

  private static final String TWICE =
      "SELECT event_id FROM ingest.event GROUP BY event_id HAVING count(*) > 1";

  private static final String DEADLOCKS =
      "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database() AND deadlocks > 0";

  private static final String MISCOUNTED =
      """
      SELECT coalesce(c.user_id, e.user_id) || ' counted ' || coalesce(c.count, 0) || ' stored ' || coalesce(e.stored, 0)
      FROM (SELECT user_id, count FROM growth.usage_counter WHERE meter = 'project_created') c
      FULL JOIN (
        SELECT user_id, count(DISTINCT event_id) AS stored FROM ingest.event
        WHERE name = 'project_created' AND verified GROUP BY user_id
      ) e ON e.user_id = c.user_id
      WHERE coalesce(c.count, 0) <> coalesce(e.stored, 0)
      """;

  private static final String WRONG_CROSSINGS =
      """
      SELECT coalesce(u.user_id, x.user_id) || ' count ' || coalesce(u.count, 0) || ' crossings ' || count(x.rule)
      FROM (SELECT user_id, count FROM growth.usage_counter WHERE meter = 'project_created') u
      FULL JOIN (SELECT * FROM activation.crossing WHERE rule = 'project_created') x ON x.user_id = u.user_id
      GROUP BY u.user_id, x.user_id, u.count, x.at_count
      HAVING count(x.rule) <> (CASE WHEN u.count >= 3 THEN 1 ELSE 0 END)
          OR x.at_count < 3 OR x.at_count > u.count
      """;

  private static final String WRONG_PROMPTS =
      """
      SELECT x.user_id || ' prompts ' || count(p.prompt_id)
      FROM activation.crossing x
      LEFT JOIN activation.prompt p ON p.rule = x.rule AND p.epoch = x.epoch AND p.user_id = x.user_id
        AND p.period_start = x.period_start AND p.step_kind = x.step_kind AND p.step_number = x.step_number
      GROUP BY x.rule, x.epoch, x.user_id, x.period_start, x.step_kind, x.step_number HAVING count(p.prompt_id) <> 1
      """;

  private final String jdbcUrl;

  Oracle(String jdbcUrl) {
    this.jdbcUrl = jdbcUrl;
  }

  /** Fails when one of the rules is broken; waits as long as a sweep may take for the crossings. */
  void check(Set<UUID> acknowledged) throws SQLException {
    try (Connection connection = DriverManager.getConnection(jdbcUrl)) {
      Array ids = connection.createArrayOf("uuid", acknowledged.toArray());
      assertThat(rows(connection, LOST, ids)).as("acknowledged but not stored").isEmpty();
      assertThat(rows(connection, TWICE)).as("stored twice").isEmpty();
      assertThat(rows(connection, DEADLOCKS)).as("deadlocks").isEmpty();
      assertThat(rows(connection, MISCOUNTED)).as("counter is not the stored events").isEmpty();
      Await.until(
          "every crossing is there exactly once",
          SWEEP,
          () -> rowsUnchecked(connection, WRONG_CROSSINGS).isEmpty());
      assertThat(rows(connection, WRONG_PROMPTS)).as("one prompt per crossing").isEmpty();
    }
  }

  private static List<String> rowsUnchecked(Connection connection, String query) {
    try {
      return rows(connection, query);
    } catch (SQLException e) {
      throw new IllegalStateException(query, e);
    }
  }

  private static List<String> rows(Connection connection, String query, Object... parameters)
      throws SQLException {
    List<String> found = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          found.add(result.getString(1));
        }
      }
    }
    return found;
  }
}
