package io.growthbus.flags.store;

import io.growthbus.flags.store.DefinitionStore.Edit;
import io.growthbus.shared.audit.AuditLog;
import io.growthbus.shared.erasure.UserExport.Source;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Optional;

/**
 * Erases a user from the targets of flags and from the audit of all rooms, and says what is
 * exported of them.
 */
public final class PgUserErasure {
  /** What of the room is shown to a user who asks. */
  public static final List<Source> SOURCES =
      List.of(
          new Source(
              "flag_target",
              "t.key AS flag",
              "flags.definition t",
              "$1 = ANY(t.target_users) OR strpos(t.targeting::text, to_json($1::text)::text) > 0",
              List.of("t.key"),
              List.of("text"),
              List.of("")),
          new Source(
              "audit_entry",
              "t.changed_at, t.actor, t.action, t.kind, t.key, t.revision",
              "growth.audit t",
              "strpos(t.before::text, to_json($1::text)::text) > 0 OR strpos(t.after::text, to_json($1::text)::text) > 0",
              List.of("t.id"),
              List.of("int8"),
              List.of("0")));

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
    Edit edit = new Edit(AuditLog.ERASURE, null, false, now -> now.withoutUsers(userId::equals));
    return pool.withTransaction(
        connection ->
            PgDefinitionStore.change(connection, edit)
                .compose(
                    edited ->
                        connection
                            .preparedQuery("SELECT growth.erase_from_audit($1)::text")
                            .execute(Tuple.of(userId))
                            .map(
                                erased ->
                                    edited.newRevision()
                                        ? Optional.of(edited.snapshot().revision())
                                        : Optional.empty())));
  }
}
