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
import java.util.ArrayList;
import java.util.List;

/** Changes of definitions in PostgreSQL. */
public final class PgDefinitionStore implements DefinitionStore {
  private final Pool pool;

  public PgDefinitionStore(Pool pool) {
    this.pool = pool;
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
    return pool.withTransaction(connection -> change(connection, edit));
  }

  /** As {@link #change(Edit)}, in the transaction of a connection. */
  static Future<Edited> change(SqlConnection connection, Edit edit) {
    return PgDefinitions.lock(connection)
        .compose(
            before -> {
              Long expected = edit.expectedRevision();
              if (expected != null && expected != before.revision()) {
                throw new RoomException(
                    ErrorKind.CONFLICT,
                    "revision_mismatch",
                    "The definitions have changed; read them again.");
              }
              Definitions after = edit.decide().apply(before.definitions());
              return apply(connection, before, after, edit);
            });
  }

  private static Future<Edited> apply(
      SqlConnection connection, Read before, Definitions after, Edit edit) {
    List<Change> changes = before.definitions().changesTo(after);
    if (changes.isEmpty() || edit.dryRun()) {
      return Future.succeededFuture(new Edited(before.snapshot(), after, changes, false));
    }
    return PgDefinitions.write(connection, before, changes, edit.actor())
        .map(
            read ->
                new Edited(read.snapshot(), after, changes, read.revision() > before.revision()));
  }

  @Override
  public Future<AuditPage> audit(ListAudit query) {
    return AuditLog.page(pool, query);
  }
}
