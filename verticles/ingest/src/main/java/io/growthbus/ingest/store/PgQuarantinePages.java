package io.growthbus.ingest.store;

import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.ListQuarantine;
import io.growthbus.shared.message.ListQuarantineGroups;
import io.growthbus.shared.message.QuarantineGroup;
import io.growthbus.shared.message.QuarantineGroups;
import io.growthbus.shared.message.QuarantinePage;
import io.growthbus.shared.message.QuarantinedEvent;
import io.vertx.core.Future;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads the quarantine page by page: reasons by their keys, events newest first. */
final class PgQuarantinePages {
  private static final int KEYS = 4;

  private static final String GROUPS =
      """
      SELECT event, code, pointer, schema_version, coalesce(q.count, 0) + coalesce(o.count, 0) AS count,
             coalesce(q.kept, 0) AS kept, coalesce(o.count, 0) AS not_kept,
             (extract(epoch FROM LEAST(q.first_seen, o.first_seen)) * 1000)::int8 AS first_ms,
             (extract(epoch FROM GREATEST(q.last_seen, o.last_seen)) * 1000)::int8 AS last_ms,
             (SELECT left(s.content, 2000) FROM ingest.quarantine s WHERE s.id = q.newest) AS sample
      FROM (
        SELECT event, code, pointer, schema_version, sum(count)::int8 AS count, count(*) AS kept,
               min(first_seen) AS first_seen, max(last_seen) AS last_seen, max(id) AS newest
        FROM ingest.quarantine GROUP BY 1, 2, 3, 4
      ) q FULL JOIN ingest.quarantine_overflow o USING (event, code, pointer, schema_version)
      WHERE $1::text IS NULL OR (event, code, pointer, schema_version) > ($1, $2, $3, $4)
      ORDER BY event, code, pointer, schema_version LIMIT $5
      """;

  private static final String LIST =
      """
      SELECT id, event, event_id, user_id, schema_version, code, pointer, message, count, whole, content,
             (extract(epoch FROM received_at) * 1000)::int8 AS received_ms,
             (extract(epoch FROM first_seen) * 1000)::int8 AS first_ms,
             (extract(epoch FROM last_seen) * 1000)::int8 AS last_ms
      FROM ingest.quarantine
      WHERE %s AND ($5::int8 IS NULL OR id < $5) ORDER BY id DESC LIMIT $6
      """;

  private final Pool pool;
  private final String list;

  /**
   * @param selected condition over the parameters 1 to 4
   */
  PgQuarantinePages(Pool pool, String selected) {
    this.pool = pool;
    this.list = LIST.formatted(selected);
  }

  /** As {@link QuarantineStore#groups}. */
  Future<QuarantineGroups> groups(ListQuarantineGroups query) {
    Tuple parameters = Tuple.tuple();
    try {
      List<@Nullable String> after = cursor(query.after());
      after.forEach(parameters::addString);
    } catch (IllegalArgumentException | DecodeException | ClassCastException e) {
      return Future.failedFuture(invalidCursor());
    }
    return pool.preparedQuery(GROUPS)
        .execute(parameters.addInteger(query.limit() + 1))
        .map(
            rows -> {
              List<QuarantineGroup> items = new ArrayList<>();
              rows.forEach(row -> items.add(group(row)));
              List<QuarantineGroup> shown = firstOf(items, query.limit());
              return new QuarantineGroups(shown, next(items, shown, PgQuarantinePages::cursor));
            });
  }

  private static List<@Nullable String> cursor(@Nullable String text) {
    List<@Nullable String> keys = new ArrayList<>();
    if (text == null) {
      for (int i = 0; i < KEYS; i++) {
        keys.add(null);
      }
      return keys;
    }
    String json = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
    JsonArray values = new JsonArray(json);
    if (values.size() != KEYS || json.contains("\\u0000")) {
      throw new IllegalArgumentException("not a cursor");
    }
    for (int i = 0; i < KEYS; i++) {
      String key = values.getString(i);
      if (key == null) {
        throw new IllegalArgumentException("not a cursor");
      }
      keys.add(key);
    }
    return keys;
  }

  private static String cursor(QuarantineGroup last) {
    String json =
        new JsonArray()
            .add(last.event() == null ? "" : last.event())
            .add(last.code())
            .add(last.pointer())
            .add(last.schemaVersion() == null ? "" : last.schemaVersion())
            .encode();
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * As {@link QuarantineStore#list}.
   *
   * @param selection parameters 1 to 4
   */
  Future<QuarantinePage> list(ListQuarantine query, Tuple selection) {
    String before = query.before();
    if (before != null && !before.matches("\\d{1,18}")) {
      return Future.failedFuture(invalidCursor());
    }
    return pool.preparedQuery(list)
        .execute(
            selection
                .addLong(before == null ? null : Long.valueOf(before))
                .addInteger(query.limit() + 1))
        .map(
            rows -> {
              List<QuarantinedEvent> items = new ArrayList<>();
              rows.forEach(row -> items.add(event(row)));
              List<QuarantinedEvent> shown = firstOf(items, query.limit());
              return new QuarantinePage(
                  shown, next(items, shown, last -> String.valueOf(last.id())));
            });
  }

  private static <T> List<T> firstOf(List<T> items, int limit) {
    return List.copyOf(items.subList(0, Math.min(items.size(), limit)));
  }

  private static <T> @Nullable String next(
      List<T> found, List<T> shown, Function<T, String> cursor) {
    return found.size() == shown.size() ? null : cursor.apply(shown.get(shown.size() - 1));
  }

  private static QuarantineGroup group(Row row) {
    return new QuarantineGroup(
        orNull(row.getString("event")),
        row.getString("code"),
        row.getString("pointer"),
        orNull(row.getString("schema_version")),
        row.getLong("count"),
        row.getLong("kept"),
        row.getLong("not_kept"),
        row.getLong("first_ms"),
        row.getLong("last_ms"),
        row.getString("sample"));
  }

  private static QuarantinedEvent event(Row row) {
    UUID eventId = row.getUUID("event_id");
    return new QuarantinedEvent(
        row.getLong("id"),
        orNull(row.getString("event")),
        eventId == null ? null : eventId.toString(),
        row.getString("user_id"),
        orNull(row.getString("schema_version")),
        row.getString("code"),
        row.getString("pointer"),
        row.getString("message"),
        row.getLong("received_ms"),
        row.getLong("first_ms"),
        row.getLong("last_ms"),
        row.getLong("count"),
        row.getBoolean("whole"),
        row.getString("content"));
  }

  private static @Nullable String orNull(String text) {
    return text.isEmpty() ? null : text;
  }

  private static RoomException invalidCursor() {
    return new RoomException(
        ErrorKind.INVALID, "invalid_cursor", "The cursor must be the \"next\" of an earlier page.");
  }
}
