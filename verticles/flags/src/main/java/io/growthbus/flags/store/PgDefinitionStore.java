package io.growthbus.flags.store;

import io.growthbus.flags.core.Definitions;
import io.growthbus.flags.core.Definitions.Change;
import io.growthbus.flags.store.PgDefinitions.Read;
import io.growthbus.shared.audit.AuditLog;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.AuditPage;
import io.growthbus.shared.message.DefinitionItem;
import io.growthbus.shared.message.DefinitionList;
import io.growthbus.shared.message.ListAudit;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Changes of definitions in PostgreSQL.
 *
 * <p>A PostgreSQL that took over from another may be behind it. What a change makes of the
 * definitions has a revision above all that nodes are known to act by, because a node follows
 * higher revisions only.
 */
public final class PgDefinitionStore implements DefinitionStore {
  private final Pool pool;
  private final LongSupplier floor;

  /**
   * @param floor highest revision that a node is known to act by, whatever the database says
   */
  public PgDefinitionStore(Pool pool, LongSupplier floor) {
    this.pool = pool;
    this.floor = floor;
  }

  /** For a database that nobody has seen in a later state. */
  PgDefinitionStore(Pool pool) {
    this(pool, () -> 0);
  }

  @Override
  public Future<DefinitionList> list() {
    return PgDefinitions.rows(pool)
        .map(
            rows -> {
              List<DefinitionItem> items = new ArrayList<>();
              for (Row row : rows) {
                if (row.getString("kind") != null) {
                  items.add(PgDefinitions.stored(row).item(row.getLong("updated_ms")));
                }
              }
              return new DefinitionList(
                  rows.iterator().next().getLong("revision"), List.copyOf(items));
            });
  }

  @Override
  public Future<Edited> change(Edit edit) {
    return pool.withTransaction(connection -> change(connection, edit, floor.getAsLong()));
  }

  /** As {@link #change(Edit)}, in the transaction of a connection. */
  static Future<Edited> change(SqlConnection connection, Edit edit, long floor) {
    return PgDefinitions.lock(connection)
        .compose(
            before -> {
              requireRevision(edit.expectedRevision(), before.revision());
              Definitions after = edit.decide().apply(before.definitions());
              return apply(connection, before, after, edit, floor);
            });
  }

  /** Refuses with {@code revision_mismatch} what expects another revision than that of now. */
  static void requireRevision(@Nullable Long expected, long now) {
    if (expected != null && expected != now) {
      throw new RoomException(
          ErrorKind.CONFLICT,
          "revision_mismatch",
          "The definitions have changed; read them again.");
    }
  }

  private static Future<Edited> apply(
      SqlConnection connection, Read before, Definitions after, Edit edit, long floor) {
    List<Change> changes = before.definitions().changesTo(after);
    if (changes.isEmpty() || edit.dryRun()) {
      return Future.succeededFuture(new Edited(before.snapshot(), after, changes, false));
    }
    return PgDefinitions.write(connection, before, changes, edit.actor(), floor)
        .map(
            read ->
                new Edited(read.snapshot(), after, changes, read.revision() > before.revision()));
  }

  @Override
  public Future<AuditPage> audit(ListAudit query) {
    return AuditLog.page(pool, query);
  }

  @Override
  public Future<Void> expireAudit(Duration retention) {
    return AuditLog.expire(pool, retention);
  }
}
