package io.growthbus.flags.store;

import io.growthbus.flags.core.FileChange;
import io.growthbus.flags.core.FileChange.Source;
import io.growthbus.flags.core.FileChange.Stored;
import io.growthbus.shared.config.FlagJson;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.flags.Targeting;
import io.growthbus.shared.flags.Targeting.Holdout;
import io.growthbus.shared.flags.Targeting.Segment;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** Flag definitions in PostgreSQL. */
public final class PgFlagStore implements FlagStore {
  // One statement, so that revision and definitions are of one moment.
  private static final String READ =
      """
      SELECT r.revision, d.key, d.enabled, d.rollout_percentage, d.target_users, d.surface, d.source,
             d.targeting::text AS targeting, d.changed_revision,
             (SELECT coalesce(json_agg(definition ORDER BY key), '[]')::text FROM flags.segment) AS segments,
             (SELECT coalesce(json_agg(definition ORDER BY key), '[]')::text FROM flags.holdout) AS holdouts
      FROM flags.revision r LEFT JOIN flags.definition d ON true
      ORDER BY d.key
      """;

  private static final String PUT =
      """
      INSERT INTO flags.definition AS d (key, enabled, rollout_percentage, target_users, surface, targeting, source)
      VALUES ($1, $2, $3, $4, $5, $6::text::json, 'file')
      ON CONFLICT (key) DO UPDATE
        SET enabled = EXCLUDED.enabled, rollout_percentage = EXCLUDED.rollout_percentage,
            target_users = EXCLUDED.target_users, surface = EXCLUDED.surface,
            targeting = EXCLUDED.targeting, updated_at = now()
        WHERE d.source = 'file'
      """;

  private static final String PUT_PARTS =
      """
      WITH wanted AS (
        SELECT * FROM unnest($1::text[], $2::text[]) AS w(key, definition)
      ), removed AS (
        DELETE FROM PARTS WHERE source = 'file' AND key NOT IN (SELECT key FROM wanted) RETURNING key
      ), changed AS (
        INSERT INTO PARTS AS p (key, definition, source)
        SELECT key, definition::json, 'file' FROM wanted ORDER BY key
        ON CONFLICT (key) DO UPDATE SET definition = EXCLUDED.definition, updated_at = now()
          WHERE p.source = 'file' AND p.definition::text <> EXCLUDED.definition::text
        RETURNING key
      )
      SELECT (SELECT count(*) FROM removed) + (SELECT count(*) FROM changed)
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
  public Future<Followed> follow(Flags file) {
    return pool.withTransaction(
        connection ->
            connection
                .query("SELECT revision FROM flags.revision FOR UPDATE")
                .execute()
                .compose(locked -> stored(connection))
                .map(stored -> FileChange.between(stored, file.definitions()))
                .compose(change -> apply(connection, change, file))
                .compose(
                    changed ->
                        (changed
                                ? connection
                                    .query("UPDATE flags.revision SET revision = revision + 1")
                                    .execute()
                                : Future.succeededFuture())
                            .compose(done -> read(connection))
                            .map(snapshot -> new Followed(snapshot, changed))));
  }

  @Override
  public Future<Void> close() {
    return pool.close();
  }

  /** Whether anything was changed. */
  private static Future<Boolean> apply(SqlConnection connection, FileChange change, Flags file) {
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
        .compose(done -> put(connection, "flags.segment", file.segments(), Segment::key))
        .compose(
            segments ->
                put(connection, "flags.holdout", file.holdouts(), Holdout::key)
                    .map(holdouts -> !change.isEmpty() || segments || holdouts));
  }

  /** Makes the shared parts in a table those of the file; answers whether any was changed. */
  private static <T extends Record> Future<Boolean> put(
      SqlConnection connection, String table, List<T> parts, Function<T, String> key) {
    Tuple parameters =
        Tuple.tuple()
            .addArrayOfString(parts.stream().map(key).toArray(String[]::new))
            .addArrayOfString(
                parts.stream().map(part -> FlagJson.text(part)).toArray(String[]::new));
    return connection
        .preparedQuery(PUT_PARTS.replace("PARTS", table))
        .execute(parameters)
        .map(rows -> rows.iterator().next().getLong(0) > 0);
  }

  private static Tuple parameters(FlagDefinition flag) {
    return Tuple.tuple()
        .addString(flag.key())
        .addBoolean(flag.enabled())
        .addDouble(flag.rolloutPercentage())
        .addArrayOfString(flag.targetUsers().toArray(String[]::new))
        .addString(flag.surface().name().toLowerCase(Locale.ROOT))
        .addString(flag.targeting() == null ? null : FlagJson.text(flag.targeting()));
  }

  private static Future<FlagSnapshot> read(SqlClient client) {
    return client
        .query(READ)
        .execute()
        .map(
            rows -> {
              Row first = rows.iterator().next();
              return new FlagSnapshot(
                  first.getLong("revision"),
                  new Flags(
                      definitions(rows).stream().map(Stored::definition).toList(),
                      List.of(FlagJson.read(first.getString("segments"), Segment[].class)),
                      List.of(FlagJson.read(first.getString("holdouts"), Holdout[].class))),
                  flagRevisions(rows));
            });
  }

  private static Map<String, Long> flagRevisions(RowSet<Row> rows) {
    Map<String, Long> revisions = new HashMap<>();
    for (Row row : rows) {
      if (row.getString("key") != null) {
        revisions.put(row.getString("key"), row.getLong("changed_revision"));
      }
    }
    return revisions;
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
                    Surface.valueOf(row.getString("surface").toUpperCase(Locale.ROOT)),
                    row.getString("targeting") == null
                        ? null
                        : FlagJson.read(row.getString("targeting"), Targeting.class)),
                Source.valueOf(row.getString("source").toUpperCase(Locale.ROOT))));
      }
    }
    return stored;
  }
}
