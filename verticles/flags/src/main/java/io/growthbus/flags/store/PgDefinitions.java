package io.growthbus.flags.store;

import io.growthbus.flags.core.Definitions;
import io.growthbus.flags.core.Definitions.Change;
import io.growthbus.flags.core.Definitions.Source;
import io.growthbus.flags.core.Definitions.Stored;
import io.growthbus.flags.core.Edits;
import io.growthbus.shared.audit.AuditLog;
import io.growthbus.shared.config.FlagForm;
import io.growthbus.shared.config.FlagJson;
import io.growthbus.shared.flags.Definition;
import io.growthbus.shared.flags.Definition.Kind;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.flags.Targeting;
import io.growthbus.shared.flags.Targeting.Holdout;
import io.growthbus.shared.flags.Targeting.Segment;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
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
import org.jspecify.annotations.Nullable;

/** The rows that the definitions of flags are: read at one moment, changed under the lock. */
final class PgDefinitions {
  // One statement, so that revision and definitions are of one moment.
  private static final String READ =
      """
      SELECT r.revision, d.*, (extract(epoch FROM d.updated_at) * 1000)::int8 AS updated_ms
      FROM flags.revision r LEFT JOIN (
        SELECT 'flag' AS kind, key, source, updated_at, enabled, rollout_percentage, target_users, surface,
               targeting::text AS document, changed_revision
        FROM flags.definition
        UNION ALL
        SELECT 'segment', key, source, updated_at, NULL, NULL, NULL, NULL, definition::text, NULL FROM flags.segment
        UNION ALL
        SELECT 'holdout', key, source, updated_at, NULL, NULL, NULL, NULL, definition::text, NULL FROM flags.holdout
      ) d ON true
      ORDER BY d.kind, d.key COLLATE "C"
      """;

  private static final String PUT_FLAG =
      """
      INSERT INTO flags.definition (key, enabled, rollout_percentage, target_users, surface, targeting, source)
      VALUES ($1, $2, $3, $4, $5, $6::text::json, $7)
      ON CONFLICT (key) DO UPDATE
        SET enabled = EXCLUDED.enabled, rollout_percentage = EXCLUDED.rollout_percentage,
            target_users = EXCLUDED.target_users, surface = EXCLUDED.surface,
            targeting = EXCLUDED.targeting, source = EXCLUDED.source, updated_at = now()
      """;

  private static final String PUT_PART =
      """
      INSERT INTO %s (key, definition, source) VALUES ($1, $2::text::json, $3)
      ON CONFLICT (key) DO UPDATE
        SET definition = EXCLUDED.definition, source = EXCLUDED.source, updated_at = now()
      """;

  private static final String FORGET_SCHEDULE =
      "DELETE FROM flags.scheduled_change WHERE flag = ANY($1)";

  private PgDefinitions() {}

  /**
   * Definitions of a revision.
   *
   * @param flagRevisions since which revision each flag is as it is, by key
   */
  record Read(long revision, Definitions definitions, Map<String, Long> flagRevisions) {
    FlagSnapshot snapshot() {
      return new FlagSnapshot(revision, definitions.flags(), flagRevisions);
    }
  }

  static Future<Read> read(SqlClient client) {
    return rows(client)
        .map(
            rows -> {
              List<Stored> stored = new ArrayList<>();
              Map<String, Long> flagRevisions = new HashMap<>();
              for (Row row : rows) {
                if (row.getString("kind") != null) {
                  stored.add(stored(row));
                }
                Long changed = row.getLong("changed_revision");
                if (changed != null) {
                  flagRevisions.put(row.getString("key"), changed);
                }
              }
              return new Read(
                  rows.iterator().next().getLong("revision"),
                  Definitions.of(stored),
                  flagRevisions);
            });
  }

  static Future<RowSet<Row>> rows(SqlClient client) {
    return client.query(READ).execute();
  }

  /** Takes the lock that orders all changes, and reads what is there. */
  static Future<Read> lock(SqlConnection connection) {
    return connection
        .query("SELECT revision FROM flags.revision FOR UPDATE")
        .execute()
        .compose(locked -> read(connection));
  }

  /**
   * Writes what differs, with its audit; only under the lock.
   *
   * @param floor a new revision is above it
   */
  static Future<Read> write(
      SqlConnection connection, Read before, List<Change> changes, String actor, long floor) {
    boolean meant = changes.stream().anyMatch(Change::isMeant);
    boolean behind = meant && floor > before.revision();
    long revision = meant ? Math.max(before.revision(), floor) + 1 : before.revision();
    // The rows take their revision from here while they are written.
    Future<?> written = behind ? setRevision(connection, floor) : Future.succeededFuture();
    for (Kind kind : Kind.values()) {
      List<Change> ofKind = changes.stream().filter(c -> c.ref().kind() == kind).toList();
      written = written.compose(done -> write(connection, kind, ofKind));
    }
    return written
        .compose(
            done ->
                AuditLog.note(
                    connection,
                    "flags",
                    actor,
                    revision,
                    changes.stream().map(change -> audited(change, actor)).toList()))
        .compose(done -> meant ? setRevision(connection, revision) : Future.succeededFuture())
        .compose(done -> read(connection));
  }

  private static Future<Void> setRevision(SqlConnection connection, long revision) {
    return connection
        .preparedQuery("UPDATE flags.revision SET revision = $1")
        .execute(Tuple.of(revision))
        .mapEmpty();
  }

  private static Future<?> write(SqlConnection connection, Kind kind, List<Change> changes) {
    List<Tuple> puts = new ArrayList<>();
    List<String> removed = new ArrayList<>();
    for (Change change : changes) {
      if (change.after() == null) {
        removed.add(change.ref().key());
      } else {
        puts.add(parameters(change.after()));
      }
    }
    String table = table(kind);
    String put = kind == Kind.FLAG ? PUT_FLAG : PUT_PART.formatted(table);
    Future<?> done =
        puts.isEmpty()
            ? Future.succeededFuture()
            : connection.preparedQuery(put).executeBatch(puts);
    if (removed.isEmpty()) {
      return done;
    }
    Tuple keys = Tuple.tuple().addArrayOfString(removed.toArray(String[]::new));
    return done.compose(
            before ->
                connection
                    .preparedQuery("DELETE FROM " + table + " WHERE key = ANY($1)")
                    .execute(keys))
        .compose(
            before ->
                kind == Kind.FLAG
                    ? connection.preparedQuery(FORGET_SCHEDULE).execute(keys)
                    : Future.succeededFuture());
  }

  private static String table(Kind kind) {
    return kind == Kind.FLAG ? "flags.definition" : "flags." + Edits.word(kind);
  }

  private static Tuple parameters(Stored stored) {
    String source = word(stored.source());
    if (stored.definition() instanceof FlagDefinition flag) {
      return Tuple.tuple()
          .addString(flag.key())
          .addBoolean(flag.enabled())
          .addDouble(flag.rolloutPercentage())
          .addArrayOfString(flag.targetUsers().toArray(String[]::new))
          .addString(flag.surface().name().toLowerCase(Locale.ROOT))
          .addString(flag.targeting() == null ? null : FlagJson.text(flag.targeting()))
          .addString(source);
    }
    Record part =
        stored.definition() instanceof Segment segment ? segment : (Holdout) stored.definition();
    return Tuple.of(stored.definition().key(), FlagJson.text(part), source);
  }

  /** What an erasure finds names the user, so that only what is left may be kept. */
  private static AuditLog.Change audited(Change change, String actor) {
    String kind = Edits.word(change.ref().kind());
    String after = audited(change.after());
    String before = actor.equals(AuditLog.ERASURE) ? null : audited(change.before());
    return new AuditLog.Change(change.action(), kind, change.ref().key(), before, after);
  }

  private static @Nullable String audited(@Nullable Stored stored) {
    return stored == null
        ? null
        : new JsonObject(FlagForm.of(stored.definition()))
            .put("source", word(stored.source()))
            .encode();
  }

  static Stored stored(Row row) {
    return new Stored(
        definition(row), Source.valueOf(row.getString("source").toUpperCase(Locale.ROOT)));
  }

  private static Definition definition(Row row) {
    String document = row.getString("document");
    return switch (row.getString("kind")) {
      case "flag" ->
          new FlagDefinition(
              row.getString("key"),
              row.getBoolean("enabled"),
              row.getDouble("rollout_percentage"),
              List.of(row.getArrayOfStrings("target_users")),
              Surface.valueOf(row.getString("surface").toUpperCase(Locale.ROOT)),
              document == null ? null : FlagJson.read(document, Targeting.class));
      case "segment" -> FlagJson.read(document, Segment.class);
      default -> FlagJson.read(document, Holdout.class);
    };
  }

  static String word(Source source) {
    return source.name().toLowerCase(Locale.ROOT);
  }
}
