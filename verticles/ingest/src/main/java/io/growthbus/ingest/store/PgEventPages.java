package io.growthbus.ingest.store;

import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.EventAnnotation;
import io.growthbus.shared.message.EventPage;
import io.growthbus.shared.message.ListEvents;
import io.growthbus.shared.message.StoredEvent;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Reads stored events page by page, newest first; each filter has an index in that order. */
final class PgEventPages {
  private static final String LIST =
      """
      SELECT event_id, name, user_id, account_id, anonymous_id, schema_version, verified, properties, annotations,
             consent, gpc, message_id, received_at, (extract(epoch FROM occurred_at) * 1000)::int8 AS occurred_ms,
             (extract(epoch FROM received_at) * 1000)::int8 AS received_ms
      FROM ingest.event
      """;

  /** Most anonymous ids of a user that are looked at, the last linked first. */
  private static final int MOST_LINKS = 1_000;

  private static final String NEWEST_FIRST = " ORDER BY received_at DESC, event_id DESC LIMIT $";

  private final Pool pool;

  PgEventPages(Pool pool) {
    this.pool = pool;
  }

  /** As {@link EventStore#list}. */
  Future<EventPage> read(ListEvents query) {
    Tuple parameters = Tuple.tuple();
    List<String> conditions = new ArrayList<>();
    if (query.name() != null) {
      conditions.add("name = $" + parameters.addString(query.name()).size());
    }
    if (query.before() != null) {
      Optional<Cursor> cursor = Cursor.parse(query.before());
      if (cursor.isEmpty()) {
        return Future.failedFuture(
            new RoomException(
                ErrorKind.INVALID,
                "invalid_cursor",
                "The cursor must be the \"next\" of an earlier page."));
      }
      // The first condition is what spares the days that are newer than the cursor.
      conditions.add(
          "received_at <= to_timestamp($%1$d / 1000.0)"
              .concat(" AND (received_at, event_id) < (to_timestamp($%1$d / 1000.0), $%2$d)")
              .formatted(
                  parameters.addLong(cursor.get().receivedMs()).size(),
                  parameters.addUUID(cursor.get().eventId()).size()));
    }
    String order = NEWEST_FIRST + parameters.addInteger(query.limit() + 1).size();
    String sql =
        query.userId() == null
            ? LIST + where(conditions) + order
            : ofUser(parameters.addString(query.userId()).size(), conditions, order);
    return pool.preparedQuery(sql).execute(parameters).map(rows -> page(rows, query.limit()));
  }

  /**
   * What the user did, and what the linked anonymous ids did while nobody was named: each is read
   * from an index that has the order of the page, no further than the page goes, and the pieces are
   * merged.
   */
  private static String ofUser(int user, List<String> conditions, String order) {
    List<String> named = new ArrayList<>(conditions);
    named.add("user_id = $" + user);
    List<String> anonymous = new ArrayList<>(conditions);
    anonymous.add("user_id IS NULL");
    anonymous.add("anonymous_id = link.id");
    return """
        SELECT * FROM (
          (%1$s %2$s %4$s)
          UNION ALL
          SELECT found.* FROM (
            SELECT anonymous_id AS id FROM ingest.identity_link
            WHERE user_id = $%5$d ORDER BY linked_at DESC LIMIT %6$d
          ) AS link CROSS JOIN LATERAL (%1$s %3$s %4$s) AS found
        ) AS events
        """
            .formatted(LIST, where(named), where(anonymous), order, user, MOST_LINKS)
        + order;
  }

  private static String where(List<String> conditions) {
    return conditions.isEmpty() ? "" : "WHERE " + String.join(" AND ", conditions);
  }

  private static EventPage page(RowSet<Row> rows, int limit) {
    List<StoredEvent> items =
        StreamSupport.stream(rows.spliterator(), false).map(PgEventPages::event).toList();
    if (items.size() <= limit) {
      return new EventPage(items, null);
    }
    List<StoredEvent> shown = items.subList(0, limit);
    StoredEvent last = shown.get(limit - 1);
    return new EventPage(List.copyOf(shown), last.receivedAtMs() + "_" + last.eventId());
  }

  private static StoredEvent event(Row row) {
    JsonObject properties = row.getJsonObject("properties");
    return new StoredEvent(
        row.getUUID("event_id").toString(),
        row.getString("name"),
        row.getString("user_id"),
        row.getString("account_id"),
        row.getString("anonymous_id"),
        row.getString("message_id"),
        row.getString("schema_version"),
        row.getLong("occurred_ms"),
        row.getLong("received_ms"),
        row.getBoolean("verified"),
        properties.getMap(),
        annotations(row.getJsonArray("annotations")),
        consent(row.getJsonObject("consent")),
        row.getBoolean("gpc"));
  }

  private static @Nullable Map<String, @Nullable Boolean> consent(@Nullable JsonObject stored) {
    if (stored == null) {
      return null;
    }
    Map<String, @Nullable Boolean> consent = new TreeMap<>();
    stored.fieldNames().forEach(purpose -> consent.put(purpose, stored.getBoolean(purpose)));
    return consent;
  }

  private static @Nullable List<EventAnnotation> annotations(@Nullable JsonArray stored) {
    return stored == null
        ? null
        : stored.stream()
            .map(JsonObject.class::cast)
            .map(note -> new EventAnnotation(note.getString("code"), note.getString("pointer")))
            .toList();
  }

  /** Place in the order newest first, as an opaque text for clients. */
  private record Cursor(long receivedMs, UUID eventId) {
    private static final Pattern TEXT =
        Pattern.compile("(\\d{1,15})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})");

    static Optional<Cursor> parse(String text) {
      Matcher matcher = TEXT.matcher(text);
      return matcher.matches()
          ? Optional.of(
              new Cursor(Long.parseLong(matcher.group(1)), UUID.fromString(matcher.group(2))))
          : Optional.empty();
    }
  }
}
