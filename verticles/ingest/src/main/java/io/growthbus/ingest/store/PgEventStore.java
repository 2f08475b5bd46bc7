package io.growthbus.ingest.store;

import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.core.schema.Violation;
import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.EventAnnotation;
import io.growthbus.shared.message.EventPage;
import io.growthbus.shared.message.ListEvents;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.message.StoredEvent;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Events and counters in PostgreSQL.
 *
 * <p>One statement stores a group and counts it. Rows go in sorted by key: two groups that share
 * ids, or users, then wait for each other instead of deadlocking. The counters are touched only
 * after all events are in, because the grouping needs them all.
 */
public final class PgEventStore implements EventStore {
  private static final String COMMIT =
      """
      WITH input AS (
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                             $7::int8[], $8::int8[], $9::bool[], $10::text[], $13::text[])
          AS e(event_id, name, user_id, account_id, anonymous_id, schema_version,
               occurred_ms, received_ms, verified, properties, annotations)
      ), inserted AS (
        INSERT INTO ingest.event (event_id, name, user_id, account_id, anonymous_id, schema_version,
                                  occurred_at, received_at, verified, properties, annotations)
        SELECT event_id, name, user_id, account_id, anonymous_id, schema_version,
               to_timestamp(occurred_ms / 1000.0), to_timestamp(received_ms / 1000.0),
               verified, properties::jsonb, annotations::jsonb
        FROM input ORDER BY event_id
        ON CONFLICT (event_id) DO NOTHING
        RETURNING event_id, name, user_id, verified
      ), counted AS (
        INSERT INTO ingest.usage_counter AS c (user_id, meter, count, changed_at)
        SELECT i.user_id, m.meter, count(*), clock_timestamp()
        FROM inserted i JOIN unnest($11::text[], $12::text[]) AS m(event_name, meter)
          ON m.event_name = i.name
        WHERE i.verified AND i.user_id IS NOT NULL
        GROUP BY i.user_id, m.meter
        ORDER BY i.user_id, m.meter
        ON CONFLICT (user_id, meter) DO UPDATE
          SET count = c.count + EXCLUDED.count,
              changed_at = GREATEST(c.changed_at, EXCLUDED.changed_at)
        RETURNING user_id, meter, count
      )
      SELECT event_id, NULL::text AS user_id, NULL::text AS meter, NULL::int8 AS count FROM inserted
      UNION ALL
      SELECT NULL, user_id, meter, count FROM counted
      """;

  private static final String LIST =
      """
      SELECT event_id, name, user_id, account_id, anonymous_id, schema_version, verified, properties, annotations,
             (extract(epoch FROM occurred_at) * 1000)::int8 AS occurred_ms,
             (extract(epoch FROM received_at) * 1000)::int8 AS received_ms
      FROM ingest.event
      """;

  private static final String DURABILITY =
      """
      SELECT current_setting('fsync') AS fsync,
             current_setting('full_page_writes') AS full_page_writes,
             current_setting('synchronous_commit') AS synchronous_commit
      """;

  private final Pool pool;

  public PgEventStore(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Future<Committed> commit(List<NewEvent> events, List<Meter> meters) {
    return pool.preparedQuery(COMMIT)
        .execute(parameters(events, meters))
        .map(PgEventStore::committed);
  }

  private static Tuple parameters(List<NewEvent> events, List<Meter> meters) {
    return Tuple.tuple()
        .addArrayOfUUID(column(events, TelemetryEvent::eventId).toArray(UUID[]::new))
        .addArrayOfString(texts(events, TelemetryEvent::name))
        .addArrayOfString(texts(events, TelemetryEvent::userId))
        .addArrayOfString(texts(events, TelemetryEvent::accountId))
        .addArrayOfString(texts(events, TelemetryEvent::anonymousId))
        .addArrayOfString(texts(events, TelemetryEvent::schemaVersion))
        .addArrayOfLong(column(events, TelemetryEvent::timestampMs).toArray(Long[]::new))
        .addArrayOfLong(events.stream().map(NewEvent::receivedAtMs).toArray(Long[]::new))
        .addArrayOfBoolean(events.stream().map(NewEvent::verified).toArray(Boolean[]::new))
        .addArrayOfString(texts(events, TelemetryEvent::propertiesJson))
        .addArrayOfString(meters.stream().map(Meter::event).toArray(String[]::new))
        .addArrayOfString(meters.stream().map(Meter::key).toArray(String[]::new))
        .addArrayOfString(annotations(events));
  }

  private static String[] annotations(List<NewEvent> events) {
    String[] values = new String[events.size()];
    for (int i = 0; i < values.length; i++) {
      List<Violation> notes = events.get(i).annotations();
      values[i] = notes.isEmpty() ? null : json(notes);
    }
    return values;
  }

  private static String json(List<Violation> notes) {
    JsonArray array = new JsonArray();
    notes.forEach(
        note ->
            array.add(
                new JsonObject().put("code", note.kind().code()).put("pointer", note.pointer())));
    return array.encode();
  }

  private static <T> Stream<T> column(List<NewEvent> events, Function<TelemetryEvent, T> field) {
    return events.stream().map(NewEvent::event).map(field);
  }

  private static String[] texts(
      List<NewEvent> events, Function<TelemetryEvent, @Nullable String> field) {
    String[] values = new String[events.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = field.apply(events.get(i).event());
    }
    return values;
  }

  private static Committed committed(RowSet<Row> rows) {
    Set<UUID> inserted = new HashSet<>();
    List<MeterReading> readings = new ArrayList<>();
    for (Row row : rows) {
      UUID eventId = row.getUUID("event_id");
      if (eventId != null) {
        inserted.add(eventId);
      } else {
        readings.add(
            new MeterReading(
                row.getString("user_id"), row.getString("meter"), row.getLong("count")));
      }
    }
    return new Committed(inserted, List.copyOf(readings));
  }

  @Override
  public Future<EventPage> list(ListEvents query) {
    Tuple parameters = Tuple.tuple();
    List<String> conditions = new ArrayList<>();
    if (query.userId() != null) {
      conditions.add("user_id = $" + parameters.addString(query.userId()).size());
    }
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
      conditions.add(
          "(received_at, event_id) < (to_timestamp($%d / 1000.0), $%d)"
              .formatted(
                  parameters.addLong(cursor.get().receivedMs()).size(),
                  parameters.addUUID(cursor.get().eventId()).size()));
    }
    String where = conditions.isEmpty() ? "" : "WHERE " + String.join(" AND ", conditions);
    String sql =
        LIST
            + where
            + " ORDER BY received_at DESC, event_id DESC LIMIT $"
            + parameters.addInteger(query.limit() + 1).size();
    return pool.preparedQuery(sql).execute(parameters).map(rows -> page(rows, query.limit()));
  }

  private static EventPage page(RowSet<Row> rows, int limit) {
    List<StoredEvent> items =
        StreamSupport.stream(rows.spliterator(), false).map(PgEventStore::event).toList();
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
        row.getString("schema_version"),
        row.getLong("occurred_ms"),
        row.getLong("received_ms"),
        row.getBoolean("verified"),
        properties.getMap(),
        annotations(row.getJsonArray("annotations")));
  }

  private static @Nullable List<EventAnnotation> annotations(@Nullable JsonArray stored) {
    return stored == null
        ? null
        : stored.stream()
            .map(JsonObject.class::cast)
            .map(note -> new EventAnnotation(note.getString("code"), note.getString("pointer")))
            .toList();
  }

  @Override
  public Future<Optional<String>> durabilityWarning() {
    return pool.query(DURABILITY)
        .execute()
        .map(
            rows -> {
              Row row = rows.iterator().next();
              List<String> weak =
                  Stream.of("fsync", "full_page_writes", "synchronous_commit")
                      .filter(setting -> "off".equals(row.getString(setting)))
                      .toList();
              return weak.isEmpty()
                  ? Optional.empty()
                  : Optional.of(
                      "PostgreSQL may lose committed events in a crash: "
                          + String.join(", ", weak)
                          + " is off");
            });
  }

  @Override
  public Future<Void> close() {
    return pool.close();
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
