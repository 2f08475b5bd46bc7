package io.growthbus.flags.store;

import io.growthbus.flags.core.WithoutErased;
import io.growthbus.shared.config.FlagJson;
import io.growthbus.shared.erasure.UserExport.Source;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.Targeting;
import io.growthbus.shared.flags.Targeting.Segment;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** Erases a user from the targets of flags, and says what is exported of them. */
public final class PgUserErasure {
  private static final String HISTORY = "flags.definition_history";

  // A document names the user only when it holds the id as a text of its own.
  private static final String NAMED = "strpos(%s::text, to_json($1::text)::text) > 0";

  // A key that no flag has comes from outside, and could be an id.
  private static final String UNKNOWN_KEY =
      "kind = 'unknown' AND (key = $1 OR length($1) >= 4 AND strpos(key, $1) > 0)";

  /** What of the room is shown to a user who asks. */
  public static final List<Source> SOURCES =
      List.of(
          new Source(
              "flag_target",
              "t.key AS flag",
              "flags.definition t",
              "$1 = ANY(t.target_users) OR " + NAMED.formatted("t.targeting"),
              List.of("t.key"),
              List.of("text"),
              List.of("")),
          new Source(
              "flag_target_past",
              "t.kind, t.key, t.valid_from, t.valid_to",
              HISTORY + " t",
              NAMED.formatted("t.definition"),
              List.of("t.kind", "t.key", "t.valid_from"),
              List.of("text", "text", "timestamptz"),
              List.of("", "", "-infinity")),
          new Source(
              "unknown_flag",
              "t.key AS flag, t.evaluations, t.last_evaluated_at",
              "flags.usage t",
              UNKNOWN_KEY,
              List.of("t.key"),
              List.of("text"),
              List.of("")));

  private static final String TARGETS =
      """
      UPDATE flags.definition SET target_users = array_remove(target_users, $1), updated_at = now()
      WHERE $1 = ANY(target_users)
      """;

  private static final String NAMING =
      "SELECT key, %2$s::text AS document FROM %1$s WHERE " + NAMED.formatted("%2$s");

  private static final String PAST =
      "SELECT kind, key, valid_from, definition::text AS document FROM "
          + HISTORY
          + " WHERE "
          + NAMED.formatted("definition");

  private static final String WRITE_PAST =
      "UPDATE "
          + HISTORY
          + " SET definition = $4::text::json WHERE kind = $1 AND key = $2 AND valid_from = $3";

  private static final String WRITE =
      "UPDATE %1$s SET %2$s = $2::text::json, updated_at = now() WHERE key = $1";

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
                .compose(locked -> change(connection, userId))
                .<Optional<Long>>compose(
                    changed ->
                        changed == 0 ? Future.succeededFuture(Optional.empty()) : raise(connection))
                // The changes above have become the past as well.
                .compose(revision -> forgetThePast(connection, userId).map(revision)));
  }

  private static Future<Void> forgetThePast(SqlConnection connection, String userId) {
    return connection
        .preparedQuery(PAST)
        .execute(Tuple.of(userId))
        .compose(
            rows -> {
              List<Tuple> changes = new ArrayList<>();
              for (Row row : rows) {
                changes.add(
                    Tuple.of(
                        row.getString("kind"),
                        row.getString("key"),
                        row.getOffsetDateTime("valid_from"),
                        without(row.getString("kind"), row.getString("document"), userId)));
              }
              return changes.isEmpty()
                  ? Future.succeededFuture()
                  : connection.preparedQuery(WRITE_PAST).executeBatch(changes);
            })
        .compose(
            done ->
                connection
                    .preparedQuery("DELETE FROM flags.usage WHERE " + UNKNOWN_KEY)
                    .execute(Tuple.of(userId)))
        .mapEmpty();
  }

  private static String without(String kind, String document, String userId) {
    Predicate<String> keptOut = userId::equals;
    return FlagJson.text(
        kind.equals("segment")
            ? WithoutErased.of(FlagJson.read(document, Segment.class), keptOut)
            : WithoutErased.of(FlagJson.read(document, FlagDefinition.class), keptOut));
  }

  private static Future<Integer> change(SqlConnection connection, String userId) {
    Predicate<String> keptOut = userId::equals;
    return connection
        .preparedQuery(TARGETS)
        .execute(Tuple.of(userId))
        .compose(
            targets ->
                rewrite(
                        connection,
                        "flags.definition",
                        "targeting",
                        userId,
                        json -> WithoutErased.of(FlagJson.read(json, Targeting.class), keptOut))
                    .map(changed -> changed + targets.rowCount()))
        .compose(
            before ->
                rewrite(
                        connection,
                        "flags.segment",
                        "definition",
                        userId,
                        json -> WithoutErased.of(FlagJson.read(json, Segment.class), keptOut))
                    .map(changed -> changed + before));
  }

  /** Writes documents anew that name the user; answers how many. */
  private static Future<Integer> rewrite(
      SqlConnection connection,
      String table,
      String column,
      String userId,
      Function<String, Record> without) {
    return connection
        .preparedQuery(NAMING.formatted(table, column))
        .execute(Tuple.of(userId))
        .compose(
            rows -> {
              List<Tuple> changes = new ArrayList<>();
              for (Row row : rows) {
                Record document = without.apply(row.getString("document"));
                changes.add(Tuple.of(row.getString("key"), FlagJson.text(document)));
              }
              return changes.isEmpty()
                  ? Future.succeededFuture(0)
                  : connection
                      .preparedQuery(WRITE.formatted(table, column))
                      .executeBatch(changes)
                      .map(changes.size());
            });
  }

  private static Future<Optional<Long>> raise(SqlConnection connection) {
    return connection
        .query("UPDATE flags.revision SET revision = revision + 1 RETURNING revision")
        .execute()
        .map(rows -> Optional.of(rows.iterator().next().getLong("revision")));
  }
}
