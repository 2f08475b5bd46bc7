package io.growthbus.shared.audit;

import io.growthbus.shared.message.AuditEntry;
import io.growthbus.shared.message.AuditPage;
import io.growthbus.shared.message.ListAudit;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The audit: each change is noted in the transaction that makes it, so that neither is without the
 * other.
 */
public final class AuditLog {
  /** An operator, with the admin key or on a node that asks for none. */
  public static final String OPERATOR = "operator";

  /** {@code growth.json}. */
  public static final String FILE = "file";

  /** A change that an operator had scheduled. */
  public static final String SCHEDULE = "schedule";

  /** The erasure of a user whom the thing named. */
  public static final String ERASURE = "erasure";

  private static final String NOTE =
      "SELECT growth.note_change($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8::text::jsonb)::text";

  private static final String PAGE =
      """
      SELECT id, (extract(epoch FROM changed_at) * 1000)::int8 AS at_ms, actor, action, kind, key, revision,
             before::text AS before, after::text AS after
      FROM growth.audit
      WHERE ($1::text IS NULL OR kind = $1) AND ($2::text IS NULL OR key = $2)
        AND ($3::text IS NULL OR actor = $3) AND ($4::int8 IS NULL OR id < $4)
      ORDER BY id DESC LIMIT $5
      """;

  private static final String EXPIRE =
      "SELECT growth.expire_audit($1::int8 * interval '1 millisecond', $2) AS dropped";

  /** Entries that one statement drops. */
  private static final int MOST_DROPPED = 10_000;

  private AuditLog() {}

  /** Who orders something; a node of an earlier version does not say it. */
  public static String actor(@Nullable String named) {
    return named == null ? OPERATOR : named;
  }

  /**
   * A change.
   *
   * @param action {@code added}, {@code changed} or {@code removed}
   * @param before JSON text, or null
   * @param after JSON text, or null
   */
  public record Change(
      String action, String kind, String key, @Nullable String before, @Nullable String after) {

    /** A change between two states, null for nothing. */
    public static Change between(
        String kind, String key, @Nullable String before, @Nullable String after) {
      String action = before == null ? "added" : after == null ? "removed" : "changed";
      return new Change(action, kind, key, before, after);
    }
  }

  /**
   * Notes changes, in the transaction of the connection.
   *
   * @param room the room whose connection it is
   * @param revision revision of all things of the kind after the changes
   * @return fails with the error of PostgreSQL
   */
  public static Future<Void> note(
      SqlConnection connection, String room, String actor, long revision, List<Change> changes) {
    if (changes.isEmpty()) {
      return Future.succeededFuture();
    }
    List<Tuple> rows = new ArrayList<>();
    for (Change change : changes) {
      rows.add(
          Tuple.tuple()
              .addString(room)
              .addString(actor)
              .addString(change.action())
              .addString(change.kind())
              .addString(change.key())
              .addLong(revision)
              .addString(change.before())
              .addString(change.after()));
    }
    return connection.preparedQuery(NOTE).executeBatch(rows).mapEmpty();
  }

  /** A page, newest first; fails with the error of PostgreSQL. */
  public static Future<AuditPage> page(Pool pool, ListAudit query) {
    return pool.preparedQuery(PAGE)
        .execute(
            Tuple.tuple()
                .addString(query.kind())
                .addString(query.key())
                .addString(query.actor())
                .addLong(query.before())
                .addInteger(query.limit() + 1))
        .map(
            rows -> {
              List<AuditEntry> items = new ArrayList<>();
              rows.forEach(row -> items.add(entry(row)));
              boolean more = items.size() > query.limit();
              List<AuditEntry> shown = more ? items.subList(0, query.limit()) : items;
              return new AuditPage(
                  List.copyOf(shown), more ? shown.get(shown.size() - 1).id() : null);
            });
  }

  /**
   * Drops entries that are older than what is kept; only room flags may.
   *
   * @param retention at least a day
   * @return fails with the error of PostgreSQL; what was dropped until then stays so
   */
  public static Future<Void> expire(Pool pool, Duration retention) {
    return pool.preparedQuery(EXPIRE)
        .execute(Tuple.of(retention.toMillis(), MOST_DROPPED))
        .compose(
            rows ->
                rows.iterator().next().getInteger("dropped") < MOST_DROPPED
                    ? Future.succeededFuture()
                    : expire(pool, retention));
  }

  private static AuditEntry entry(Row row) {
    return new AuditEntry(
        row.getLong("id"),
        row.getLong("at_ms"),
        row.getString("actor"),
        row.getString("action"),
        row.getString("kind"),
        row.getString("key"),
        row.getLong("revision"),
        row.getString("before"),
        row.getString("after"));
  }
}
