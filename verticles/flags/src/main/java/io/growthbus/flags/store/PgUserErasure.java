package io.growthbus.flags.store;

import io.growthbus.flags.core.WithoutErased;
import io.growthbus.flags.store.DefinitionStore.Edit;
import io.growthbus.shared.audit.AuditLog;
import io.growthbus.shared.config.FlagJson;
import io.growthbus.shared.erasure.UserExport.Source;
import io.growthbus.shared.flags.Definition;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.Targeting.Segment;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Erases a user from the targets of flags, from their past, and from the audit of all rooms, and
 * says what is exported of them.
 */
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
              List.of("")),
          new Source(
              "audit_entry",
              "t.changed_at, t.actor, t.action, t.kind, t.key, t.revision",
              "growth.audit t",
              NAMED.formatted("t.before") + " OR " + NAMED.formatted("t.after"),
              List.of("t.id"),
              List.of("int8"),
              List.of("0")));

  private static final String PAST =
      "SELECT kind, key, valid_from, definition::text AS document FROM "
          + HISTORY
          + " WHERE kind IN ('flag', 'segment') AND "
          + NAMED.formatted("definition");

  private static final String WRITE_PAST =
      "UPDATE "
          + HISTORY
          + " SET definition = $4::text::json WHERE kind = $1 AND key = $2 AND valid_from = $3";

  private final Pool pool;
  private final LongSupplier floor;

  /**
   * @param floor highest revision that a node is known to act by, whatever the database says
   */
  public PgUserErasure(Pool pool, LongSupplier floor) {
    this.pool = pool;
    this.floor = floor;
  }

  /**
   * Erases everything that is there now, in one transaction.
   *
   * @return the new revision when a flag was changed; fails with the error of PostgreSQL
   */
  public Future<Optional<Long>> erase(String userId) {
    Edit edit = new Edit(AuditLog.ERASURE, null, false, now -> now.withoutUsers(userId::equals));
    return pool.withTransaction(
        connection ->
            PgDefinitionStore.change(connection, edit, floor.getAsLong())
                // The change has become the past as well, and is in the audit.
                .compose(
                    edited ->
                        forgetThePast(connection, userId)
                            .compose(
                                done ->
                                    connection
                                        .preparedQuery("SELECT growth.erase_from_audit($1)::text")
                                        .execute(Tuple.of(userId)))
                            .map(
                                erased ->
                                    edited.newRevision()
                                        ? Optional.of(edited.snapshot().revision())
                                        : Optional.empty())));
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
    Definition before =
        kind.equals("segment")
            ? FlagJson.read(document, Segment.class)
            : FlagJson.read(document, FlagDefinition.class);
    return FlagJson.text((Record) WithoutErased.of(before, userId::equals));
  }
}
