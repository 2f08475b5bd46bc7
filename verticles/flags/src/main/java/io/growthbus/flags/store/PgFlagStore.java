package io.growthbus.flags.store;

import io.growthbus.flags.store.DefinitionStore.Edit;
import io.growthbus.shared.audit.AuditLog;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.flags.Flags;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import java.util.function.LongSupplier;

/** Flag definitions in PostgreSQL. */
public final class PgFlagStore implements FlagStore {
  private final Pool pool;
  private final DefinitionStore definitions;

  /**
   * @param floor highest revision that a node is known to act by, whatever the database says
   */
  public PgFlagStore(Pool pool, LongSupplier floor) {
    this.pool = pool;
    this.definitions = new PgDefinitionStore(pool, floor);
  }

  /** For a database that nobody has seen in a later state. */
  public PgFlagStore(Pool pool) {
    this(pool, () -> 0);
  }

  @Override
  public Future<FlagSnapshot> read() {
    return PgDefinitions.read(pool).map(PgDefinitions.Read::snapshot);
  }

  @Override
  public Future<Long> revision() {
    return pool.query("SELECT revision FROM flags.revision")
        .execute()
        .map(rows -> rows.iterator().next().getLong(0));
  }

  @Override
  public Future<Followed> follow(Flags file) {
    return definitions
        .change(new Edit(AuditLog.FILE, null, false, now -> now.following(file)))
        .map(edited -> new Followed(edited.snapshot(), edited.newRevision()));
  }

  @Override
  public Future<Void> close() {
    return pool.close();
  }
}
