package io.growthbus.entitlements.store;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** Revisions of users, by which caches know that they have to look again. */
final class UserRevisions {
  private static final String RAISE =
      """
      INSERT INTO entitlements.user_revision AS r (user_id, revision)
      SELECT user_id, 1 FROM unnest($1::text[]) AS user_id ORDER BY user_id COLLATE "C"
      ON CONFLICT (user_id) DO UPDATE SET revision = r.revision + 1
      RETURNING user_id, revision
      """;

  private UserRevisions() {}

  /** Raises those of users, each once; the last thing that a transaction does. */
  static Future<Map<String, Long>> raise(SqlConnection connection, Collection<String> users) {
    return users.isEmpty()
        ? Future.succeededFuture(Map.of())
        : connection
            .preparedQuery(RAISE)
            .execute(Tuple.tuple().addArrayOfString(users.toArray(String[]::new)))
            .map(UserRevisions::of);
  }

  /** Of rows of {@code user_id} and {@code revision}. */
  static Map<String, Long> of(RowSet<Row> rows) {
    Map<String, Long> revisions = new TreeMap<>();
    rows.forEach(row -> revisions.put(row.getString("user_id"), row.getLong("revision")));
    return revisions;
  }
}
