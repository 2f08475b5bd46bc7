package io.growthbus.ingest.store;

import io.growthbus.ingest.core.schema.PublishRules.Decision;
import io.growthbus.shared.audit.AuditLog;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.vertx.core.Future;
import io.vertx.core.json.Json;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Published contracts in PostgreSQL. */
public final class PgSchemaStore implements SchemaStore {
  private static final String COLUMNS =
      """
      s.event, s.version, s.schema::text AS schema,
      (extract(epoch FROM s.published_at) * 1000)::int8 AS published_ms
      """;

  // One statement, so that revision and contracts are of one moment.
  private static final String READ =
      "SELECT r.revision, "
          + COLUMNS
          + "FROM ingest.schema_revision r LEFT JOIN ingest.event_schema s ON true";

  private static final String OF_EVENT =
      "SELECT " + COLUMNS + "FROM ingest.event_schema s WHERE s.event = $1";

  private static final String INSERT =
      "INSERT INTO ingest.event_schema (event, version, schema) VALUES ($1, $2, $3::text::jsonb)";

  private static final String DELETE =
      """
      DELETE FROM ingest.event_schema
      WHERE event = $1 AND ($2::text IS NULL OR version = $2)
      RETURNING version, schema::text AS schema
      """;

  private static final String ADVANCE =
      "UPDATE ingest.schema_revision SET revision = revision + 1 RETURNING revision";

  private final Pool pool;

  public PgSchemaStore(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Future<Registry> read() {
    return pool.query(READ)
        .execute()
        .map(rows -> new Registry(rows.iterator().next().getLong("revision"), schemas(rows)));
  }

  @Override
  public Future<Long> revision() {
    return pool.query("SELECT revision FROM ingest.schema_revision")
        .execute()
        .map(rows -> rows.iterator().next().getLong(0));
  }

  @Override
  public Future<Published> publish(
      String event,
      String version,
      String schema,
      @Nullable Long expectedRevision,
      String actor,
      Function<List<StoredSchema>, Decision> gate) {
    return pool.withTransaction(
        connection ->
            lock(connection, expectedRevision)
                .compose(
                    revision ->
                        connection
                            .preparedQuery(OF_EVENT)
                            .execute(Tuple.of(event))
                            .map(PgSchemaStore::schemas)
                            .map(gate)
                            .compose(
                                decision ->
                                    decision instanceof Decision.Publish
                                        ? insert(connection, event, version, schema, actor)
                                            .map(next -> new Published(decision, next))
                                        : Future.succeededFuture(
                                            new Published(decision, revision)))));
  }

  @Override
  public Future<Deleted> delete(
      String event, @Nullable String version, @Nullable Long expectedRevision, String actor) {
    return pool.withTransaction(
        connection ->
            lock(connection, expectedRevision)
                .compose(
                    revision ->
                        connection
                            .preparedQuery(DELETE)
                            .execute(Tuple.tuple().addString(event).addString(version))
                            .compose(
                                rows ->
                                    rows.rowCount() == 0
                                        ? Future.succeededFuture(new Deleted(0, revision))
                                        : advance(connection, actor, removed(event, rows))
                                            .map(next -> new Deleted(rows.rowCount(), next)))));
  }

  @Override
  public Future<Void> close() {
    return pool.close();
  }

  private static Future<Long> lock(SqlConnection connection, @Nullable Long expected) {
    return connection
        .query("SELECT revision FROM ingest.schema_revision FOR UPDATE")
        .execute()
        .map(rows -> rows.iterator().next().getLong(0))
        .compose(
            revision ->
                expected == null || expected.equals(revision)
                    ? Future.succeededFuture(revision)
                    : Future.failedFuture(
                        new RoomException(
                            ErrorKind.CONFLICT,
                            "revision_mismatch",
                            "The registry has changed; read it again.")));
  }

  private static Future<Long> insert(
      SqlConnection connection, String event, String version, String schema, String actor) {
    return connection
        .preparedQuery(INSERT)
        .execute(Tuple.of(event, version, schema))
        .compose(
            done ->
                advance(
                    connection,
                    actor,
                    List.of(
                        AuditLog.Change.between("schema", event, null, audited(version, schema)))));
  }

  private static List<AuditLog.Change> removed(String event, RowSet<Row> rows) {
    List<AuditLog.Change> changes = new ArrayList<>();
    for (Row row : rows) {
      String was = audited(row.getString("version"), row.getString("schema"));
      changes.add(AuditLog.Change.between("schema", event, was, null));
    }
    return changes;
  }

  private static String audited(String version, String schema) {
    return "{\"version\":" + Json.encode(version) + ",\"schema\":" + schema + "}";
  }

  private static Future<Long> advance(
      SqlConnection connection, String actor, List<AuditLog.Change> changes) {
    return connection
        .query(ADVANCE)
        .execute()
        .map(rows -> rows.iterator().next().getLong(0))
        .compose(next -> AuditLog.note(connection, "ingest", actor, next, changes).map(next));
  }

  private static List<StoredSchema> schemas(RowSet<Row> rows) {
    List<StoredSchema> schemas = new ArrayList<>();
    for (Row row : rows) {
      if (row.getString("event") != null) {
        schemas.add(
            new StoredSchema(
                row.getString("event"),
                row.getString("version"),
                row.getString("schema"),
                row.getLong("published_ms")));
      }
    }
    return List.copyOf(schemas);
  }
}
