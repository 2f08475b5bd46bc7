package io.growthbus.ingest.store;

import static java.util.stream.Collectors.toCollection;

import io.growthbus.ingest.core.ContentHash;
import io.growthbus.ingest.core.IdentityClaim.Join;
import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.shared.message.EventPage;
import io.growthbus.shared.message.ListEvents;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.postgres.Postgres;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Events and counters in PostgreSQL.
 *
 * <p>One statement stores a group and counts it: the ids that are not known are claimed, the events
 * whose every claim held are inserted, and those are counted. Rows go in sorted by key: two groups
 * that share ids, or users, then wait for each other instead of deadlocking. The counters are
 * touched only after all events are in, because the grouping needs them all.
 *
 * <p>Events go in only while the meters have the revision by which they are counted, and carry it:
 * so a meter that is defined later knows which events it has never met. Properties are looked at
 * only for meters that ask for them; a reading of the last days adds those that did not move.
 *
 * <p>The plan is kept for groups of any size and must not depend on a guess of it: hence {@code NOT
 * IN} and {@code IN … IS TRUE}, which PostgreSQL always answers from a hash table and never by
 * comparing each row with each.
 */
public final class PgEventStore implements EventStore {
  /**
   * Settings of the connections: the statement is long and always the same, so that planning it
   * anew for each group costs more than a small group itself.
   */
  public static final Map<String, String> SESSION = Map.of("plan_cache_mode", "force_generic_plan");

  private static final String COMMIT =
      """
      WITH checked AS MATERIALIZED (
        SELECT ingest.counts_under($15::int4) AS ok
      ), meters AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset($14::text::jsonb)
          AS m(meter_id int4, key text, event text, filter jsonpath, sum jsonpath, account bool, period int4)
      ), input AS (
        SELECT *, (received_ms / 86400000)::int4 AS day
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                    $8::int8[], $9::int8[], $10::int8[], $11::bool[], $12::int8[], $13::text[],
                    $16::text[], $17::text[], $18::bool[])
          AS e(event_id, name, user_id, account_id, anonymous_id, message_id, schema_version,
               occurred_ms, sender_ms, received_ms, verified, content_hash, properties, annotations,
               consent, gpc)
        WHERE (SELECT ok FROM checked)
      ), known AS MATERIALIZED (
        SELECT event_id, content_hash FROM ingest.stored_ids($1)
      ), joining AS MATERIALIZED (
        SELECT * FROM ingest.identity_claims($19::uuid[], $20::text[], $21::text[], $22::text[])
      ), refused AS (
        SELECT event_id, jsonb_build_array(jsonb_build_object('code', 'already_identified', 'pointer', pointer)) AS note
        FROM joining WHERE refused
      ), claimed AS (
        INSERT INTO ingest.event_id (event_id, period, content_hash)
        SELECT event_id, period, content_hash
        FROM input, generate_series((day - 1) / 35, (day + 1) / 35) AS period
        WHERE event_id NOT IN (SELECT event_id FROM known)
        ORDER BY event_id, period
        ON CONFLICT (event_id, period) DO NOTHING
        RETURNING event_id
      ), inserted AS (
        INSERT INTO ingest.event (event_id, name, user_id, account_id, anonymous_id, message_id,
                                  schema_version, occurred_at, sender_occurred_at, received_at, verified, properties, annotations,
                                  consent, gpc, meters_revision)
        SELECT event_id, name, user_id, account_id, anonymous_id, message_id, schema_version,
               to_timestamp(occurred_ms / 1000.0), to_timestamp(sender_ms / 1000.0),
               to_timestamp(received_ms / 1000.0), verified, properties::jsonb,
               CASE WHEN event_id IN (SELECT event_id FROM refused)
                    THEN COALESCE(annotations::jsonb, '[]') || (SELECT note FROM refused r WHERE r.event_id = input.event_id)
                    ELSE annotations::jsonb END,
               consent::jsonb, gpc, $15
        FROM input
        WHERE ((event_id, (day + 1) / 35 - (day - 1) / 35 + 1::int8)
               IN (SELECT event_id, count(*) FROM claimed GROUP BY event_id)) IS TRUE
        RETURNING event_id, name, user_id, account_id, verified, occurred_at,
                  CASE WHEN name IN (SELECT event FROM meters WHERE filter IS NOT NULL OR sum IS NOT NULL)
                       THEN properties END AS properties
      ), counted AS (
        INSERT INTO ingest.usage AS u (meter_id, subject, bucket, amount, changed_at)
        SELECT meter_id, subject, bucket, sum(amount), ingest.usage_changed(bucket)
        FROM (
          SELECT m.meter_id, CASE WHEN m.account THEN i.account_id ELSE i.user_id END AS subject,
                 ingest.usage_bucket(m.period, i.occurred_at) AS bucket,
                 ingest.metered(i.properties, m.filter, m.sum) AS amount
          FROM inserted i JOIN meters m ON m.event = i.name
          WHERE i.verified
        ) AS amounts
        WHERE subject IS NOT NULL AND amount IS NOT NULL
        GROUP BY meter_id, subject, bucket
        ORDER BY meter_id, subject, bucket
        ON CONFLICT (meter_id, subject, bucket) DO UPDATE
          SET amount = u.amount + EXCLUDED.amount,
              changed_at = GREATEST(u.changed_at, EXCLUDED.changed_at)
        RETURNING meter_id, subject, bucket, amount
      ), moved AS (
        SELECT m.meter_id, m.key, m.period, c.subject, c.bucket, c.amount FROM counted c JOIN meters m USING (meter_id)
        WHERE NOT m.account AND ingest.is_current(m.period, c.bucket)
      ), reading AS MATERIALIZED (
        SELECT subject, key, amount AS value FROM moved WHERE period <= 0
        UNION ALL
        SELECT subject, key, sum(amount) + coalesce((
                 SELECT sum(u.amount) FROM ingest.usage u
                 WHERE u.meter_id = moved.meter_id AND u.subject = moved.subject
                   AND ingest.is_current(period, u.bucket) AND u.bucket <> ALL (array_agg(moved.bucket))), 0)
        FROM moved WHERE period > 0 GROUP BY meter_id, key, period, subject
      ), linked AS (
        INSERT INTO ingest.identity_link (anonymous_id, user_id, event_id)
        SELECT DISTINCT ON (anonymous_id) anonymous_id, user_id, event_id
        FROM joining
        WHERE NOT refused AND event_id IN (SELECT event_id FROM inserted)
        ORDER BY anonymous_id
        ON CONFLICT (anonymous_id) DO NOTHING
      )
      SELECT event_id, NULL::int8 AS content_hash, NULL::text AS user_id, NULL::text AS meter, NULL::int8 AS count FROM inserted
      UNION ALL
      SELECT event_id, content_hash, NULL, NULL, NULL FROM known
      UNION ALL
      SELECT NULL, NULL, subject, key, ingest.whole(value) FROM reading WHERE value >= 1
      UNION ALL
      SELECT NULL, NULL, NULL, NULL, NULL FROM checked WHERE NOT ok
      """;

  private static final String STORED_IDS =
      "SELECT event_id, content_hash FROM ingest.stored_ids($1)";

  private static final String DURABILITY =
      """
      SELECT current_setting('fsync') AS fsync,
             current_setting('full_page_writes') AS full_page_writes,
             current_setting('synchronous_commit') AS synchronous_commit
      """;

  private final Pool pool;
  private final PgPartitions partitions;
  private final PgEventPages pages;

  public PgEventStore(Pool pool) {
    this.pool = pool;
    this.partitions = new PgPartitions(pool);
    this.pages = new PgEventPages(pool);
  }

  @Override
  public Future<Committed> commit(List<NewEvent> events, MeterSet meters) {
    Tuple parameters = parameters(events, meters);
    return pool.preparedQuery(COMMIT)
        .execute(parameters)
        .recover(
            failure ->
                Postgres.isWithoutPartition(failure)
                    ? addDays(events)
                        .compose(added -> pool.preparedQuery(COMMIT).execute(parameters))
                    : Future.failedFuture(failure))
        .map(PgEventStore::committed)
        .compose(committed -> withConcurrent(events, committed));
  }

  /** A clock that is far off, or a room that could not prepare, must not refuse events. */
  private Future<Void> addDays(List<NewEvent> events) {
    Future<Void> added = Future.succeededFuture();
    for (LocalDate day :
        events.stream().map(PgEventStore::day).collect(toCollection(TreeSet::new))) {
      added = added.compose(before -> partitions.addDay(day));
    }
    return added;
  }

  private static LocalDate day(NewEvent event) {
    return LocalDate.ofInstant(Instant.ofEpochMilli(event.receivedAtMs()), ZoneOffset.UTC);
  }

  /**
   * Adds what the statement could not see: ids that another one stored at the same time. Only then
   * is a second statement needed.
   */
  private Future<Committed> withConcurrent(List<NewEvent> events, Committed committed) {
    UUID[] unseen =
        column(events, TelemetryEvent::eventId)
            .filter(id -> !committed.inserted().contains(id))
            .filter(id -> !committed.storedBefore().containsKey(id))
            .toArray(UUID[]::new);
    if (unseen.length == 0) {
      return Future.succeededFuture(committed);
    }
    return pool.preparedQuery(STORED_IDS)
        .execute(Tuple.tuple().addArrayOfUUID(unseen))
        .map(
            rows -> {
              Map<UUID, Long> before = new HashMap<>(committed.storedBefore());
              rows.forEach(row -> before.put(row.getUUID("event_id"), row.getLong("content_hash")));
              return new Committed(committed.inserted(), before, committed.readings());
            });
  }

  private static Tuple parameters(List<NewEvent> events, MeterSet meters) {
    return Tuple.tuple()
        .addArrayOfUUID(column(events, TelemetryEvent::eventId).toArray(UUID[]::new))
        .addArrayOfString(texts(events, TelemetryEvent::name))
        .addArrayOfString(texts(events, TelemetryEvent::userId))
        .addArrayOfString(texts(events, TelemetryEvent::accountId))
        .addArrayOfString(texts(events, TelemetryEvent::anonymousId))
        .addArrayOfString(texts(events, TelemetryEvent::messageId))
        .addArrayOfString(texts(events, TelemetryEvent::schemaVersion))
        .addArrayOfLong(events.stream().map(NewEvent::occurredAtMs).toArray(Long[]::new))
        .addArrayOfLong(column(events, TelemetryEvent::timestampMs).toArray(Long[]::new))
        .addArrayOfLong(events.stream().map(NewEvent::receivedAtMs).toArray(Long[]::new))
        .addArrayOfBoolean(events.stream().map(NewEvent::verified).toArray(Boolean[]::new))
        .addArrayOfLong(column(events, ContentHash::of).toArray(Long[]::new))
        .addArrayOfString(texts(events, TelemetryEvent::propertiesJson))
        .addString(meters.parameter())
        .addInteger(meters.revision())
        .addArrayOfString(annotations(events))
        .addArrayOfString(texts(events, JsonColumns::consent))
        .addArrayOfBoolean(events.stream().map(NewEvent::gpc).toArray(Boolean[]::new))
        .addArrayOfUUID(joins(events, (event, join) -> event.eventId()).toArray(UUID[]::new))
        .addArrayOfString(joins(events, (event, join) -> join.anonymousId()).toArray(String[]::new))
        .addArrayOfString(joins(events, (event, join) -> join.userId()).toArray(String[]::new))
        .addArrayOfString(joins(events, (event, join) -> join.pointer()).toArray(String[]::new));
  }

  private static <T> Stream<T> joins(
      List<NewEvent> events, BiFunction<TelemetryEvent, Join, T> field) {
    return events.stream()
        .filter(event -> event.identity() instanceof Join)
        .map(event -> field.apply(event.event(), (Join) event.identity()));
  }

  private static String[] annotations(List<NewEvent> events) {
    String[] values = new String[events.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = JsonColumns.annotations(events.get(i));
    }
    return values;
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
    Map<UUID, Long> storedBefore = new HashMap<>();
    List<MeterReading> readings = new ArrayList<>();
    for (Row row : rows) {
      UUID eventId = row.getUUID("event_id");
      Long contentHash = row.getLong("content_hash");
      if (contentHash != null) {
        storedBefore.put(eventId, contentHash);
      } else if (eventId != null) {
        inserted.add(eventId);
      } else if (row.getString("user_id") == null) {
        throw new MetersOutdated();
      } else {
        readings.add(
            new MeterReading(
                row.getString("user_id"), row.getString("meter"), row.getLong("count")));
      }
    }
    return new Committed(inserted, storedBefore, List.copyOf(readings));
  }

  @Override
  public Future<EventPage> list(ListEvents query) {
    return pages.read(query);
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
}
