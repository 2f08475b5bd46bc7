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
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
 * <p>One statement, {@code commit.sql}, stores a group and counts it: the ids that are not known
 * are claimed, the events whose every claim held are inserted, and those are counted. Rows go in
 * sorted by key: two groups that share ids, or users, then wait for each other instead of
 * deadlocking. The counters are touched only after all events are in, because the grouping needs
 * them all.
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
   * anew for each group, or compiling it, costs more than a small group itself.
   */
  public static final Map<String, String> SESSION =
      Map.of("plan_cache_mode", "force_generic_plan", "jit", "off");

  private static final String COMMIT = statement("commit.sql");

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
    Row row = rows.iterator().next();
    if (!Boolean.TRUE.equals(row.getBoolean("ok"))) {
      throw new MetersOutdated();
    }
    UUID[] inserted = row.getArrayOfUUIDs("inserted");
    UUID[] known = row.getArrayOfUUIDs("known_ids");
    Map<UUID, Long> storedBefore = new HashMap<>();
    if (known != null) {
      Long[] hashes = row.getArrayOfLongs("known_hashes");
      for (int i = 0; i < known.length; i++) {
        storedBefore.put(known[i], hashes[i]);
      }
    }
    return new Committed(
        inserted == null ? Set.of() : new HashSet<>(Arrays.asList(inserted)),
        storedBefore,
        readings(row));
  }

  private static List<MeterReading> readings(Row row) {
    String[] subjects = row.getArrayOfStrings("subjects");
    if (subjects == null) {
      return List.of();
    }
    String[] meters = row.getArrayOfStrings("meters");
    Long[] counts = row.getArrayOfLongs("counts");
    Long[] since = row.getArrayOfLongs("since_ms");
    Long[] occurred = row.getArrayOfLongs("occurred_ms");
    List<MeterReading> readings = new ArrayList<>(subjects.length);
    for (int i = 0; i < subjects.length; i++) {
      readings.add(new MeterReading(subjects[i], meters[i], counts[i], since[i], occurred[i]));
    }
    return List.copyOf(readings);
  }

  private static String statement(String file) {
    try (InputStream text = PgEventStore.class.getResourceAsStream(file)) {
      return new String(Objects.requireNonNull(text, file).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
