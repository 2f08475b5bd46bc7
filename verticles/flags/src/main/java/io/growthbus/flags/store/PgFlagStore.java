package io.growthbus.flags.store;

import io.growthbus.flags.core.FileChange;
import io.growthbus.flags.core.FileChange.Source;
import io.growthbus.flags.core.FileChange.Stored;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.FlagSnapshot;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Flag definitions in PostgreSQL. */
public final class PgFlagStore implements FlagStore {
  // One statement, so that revision and definitions are of one moment.
  private static final String READ =
      """
      SELECT r.revision, d.key, d.enabled, d.rollout_percentage, d.target_users, d.surface, d.source
      FROM flags.revision r LEFT JOIN flags.definition d ON true
      ORDER BY d.key
      """;

  private static final String PUT =
      """
      INSERT INTO flags.definition AS d (key, enabled, rollout_percentage, target_users, surface, source)
      VALUES ($1, $2, $3, $4, $5, 'file')
      ON CONFLICT (key) DO UPDATE
        SET enabled = EXCLUDED.enabled, rollout_percentage = EXCLUDED.rollout_percentage,
            target_users = EXCLUDED.target_users, surface = EXCLUDED.surface, updated_at = now()
        WHERE d.source = 'file'
      """;

  private final Pool pool;

  public PgFlagStore(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Future<FlagSnapshot> read() {
    return read(pool);
  }

  @Override
  public Future<Long> revision() {
    return pool.query("SELECT revision FROM flags.revision")
        .execute()
        .map(rows -> rows.iterator().next().getLong(0));
  }

  @Override
  public Future<Followed> follow(List<FlagDefinition> file) {
    return pool.withTransaction(
        connection ->
            connection
                .query("SELECT revision FROM flags.revision FOR UPDATE")
                .execute()
                .compose(locked -> stored(connection))
                .map(stored -> FileChange.between(stored, file))
                .compose(
                    change ->
                        apply(connection, change)
                            .compose(done -> read(connection))
                            .map(snapshot -> new Followed(snapshot, !change.isEmpty()))));
  }

  @Override
  public Future<Void> close() {
    return pool.close();
  }

  private static Future<Void> apply(SqlConnection connection, FileChange change) {
    if (change.isEmpty()) {
      return Future.succeededFuture();
    }
    List<Tuple> puts = change.put().stream().map(PgFlagStore::parameters).toList();
    Future<?> put =
        puts.isEmpty()
            ? Future.succeededFuture()
            : connection.preparedQuery(PUT).executeBatch(puts);
    return put.compose(
            done ->
                connection
                    .preparedQuery(
                        "DELETE FROM flags.definition WHERE key = ANY($1) AND source = 'file'")
                    .execute(
                        Tuple.tuple().addArrayOfString(change.remove().toArray(String[]::new))))
        .compose(
            done -> connection.query("UPDATE flags.revision SET revision = revision + 1").execute())
        .mapEmpty();
  }

  private static Tuple parameters(FlagDefinition flag) {
    return Tuple.tuple()
        .addString(flag.key())
        .addBoolean(flag.enabled())
        .addDouble(flag.rolloutPercentage())
        .addArrayOfString(flag.targetUsers().toArray(String[]::new))
        .addString(flag.surface().name().toLowerCase(Locale.ROOT));
  }

  private static Future<FlagSnapshot> read(SqlClient client) {
    return client
        .query(READ)
        .execute()
        .map(
            rows ->
                new FlagSnapshot(
                    rows.iterator().next().getLong("revision"),
                    definitions(rows).stream().map(Stored::definition).toList()));
  }

  private static Future<List<Stored>> stored(SqlClient client) {
    return client.query(READ).execute().map(PgFlagStore::definitions);
  }

  private static List<Stored> definitions(RowSet<Row> rows) {
    List<Stored> stored = new ArrayList<>();
    for (Row row : rows) {
      if (row.getString("key") != null) {
        stored.add(
            new Stored(
                new FlagDefinition(
                    row.getString("key"),
                    row.getBoolean("enabled"),
                    row.getDouble("rollout_percentage"),
                    List.of(row.getArrayOfStrings("target_users")),
                    Surface.valueOf(row.getString("surface").toUpperCase(Locale.ROOT))),
                Source.valueOf(row.getString("source").toUpperCase(Locale.ROOT))));
      }
    }
    return stored;
  }
}
