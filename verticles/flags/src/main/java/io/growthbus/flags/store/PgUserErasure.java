package io.growthbus.flags.store;

import io.growthbus.shared.erasure.UserExport.Source;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Optional;

/** Erases a user from the targets of flags, and says what is exported of them. */
public final class PgUserErasure {
  /** What of the room is shown to a user who asks. */
  public static final List<Source> SOURCES =
      List.of(
          new Source(
              "flag_target",
              "t.key AS flag",
              "flags.definition t",
              "$1 = ANY(t.target_users)",
              List.of("t.key"),
              List.of("text"),
              List.of("")));

  private static final String TARGETS =
      """
      UPDATE flags.definition SET target_users = array_remove(target_users, $1), updated_at = now()
      WHERE $1 = ANY(target_users)
      """;

  private final Pool pool;

  public PgUserErasure(Pool pool) {
    this.pool = pool;
  }

  /**
   * Erases everything that is there now, in one transaction.
   *
   * @return the new revision when a flag was changed; fails with the error of PostgreSQL
   */
  public Future<Optional<Long>> erase(String userId) {
    return pool.withTransaction(
        connection ->
            connection
                .query("SELECT revision FROM flags.revision FOR UPDATE")
                .execute()
                .compose(locked -> connection.preparedQuery(TARGETS).execute(Tuple.of(userId)))
                .compose(
                    changed ->
                        changed.rowCount() == 0
                            ? Future.succeededFuture(Optional.empty())
                            : raise(connection)));
  }

  private static Future<Optional<Long>> raise(SqlConnection connection) {
    return connection
        .query("UPDATE flags.revision SET revision = revision + 1 RETURNING revision")
        .execute()
        .map(rows -> Optional.of(rows.iterator().next().getLong("revision")));
  }
}
