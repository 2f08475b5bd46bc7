package io.growthbus.ingest.store;

import io.growthbus.ingest.core.ConsentStatement.State;
import io.growthbus.ingest.core.ContentHash;
import io.growthbus.ingest.core.IdentityClaim;
import io.growthbus.ingest.core.IdentityClaim.IllegalId;
import io.growthbus.ingest.core.IdentityClaim.Join;
import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.EventAnnotation;
import io.growthbus.shared.message.EventPage;
import io.growthbus.shared.message.ListEvents;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.message.StoredEvent;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Events and counters in memory; keeps the contract of the real store. */
public final class MemoryEventStore implements EventStore {
  private record Key(String userId, String meter) {}

  private static final Comparator<NewEvent> NEWEST_FIRST =
      Comparator.comparingLong(NewEvent::receivedAtMs)
          .thenComparing(event -> event.event().eventId().toString())
          .reversed();

  private final Map<UUID, NewEvent> events = new LinkedHashMap<>();
  private final Map<Key, Long> counters = new LinkedHashMap<>();
  private final Map<String, String> links = new HashMap<>();
  private final Map<UUID, EventAnnotation> refusedLinks = new HashMap<>();

  @Override
  public synchronized Future<Committed> commit(List<NewEvent> group, List<Meter> meters) {
    if (group.stream().anyMatch(e -> e.event().propertiesJson().equals(SomeEvents.POISON))) {
      return Future.failedFuture(
          new PgException("unsupported Unicode escape sequence", "ERROR", "22P05", ""));
    }
    Set<UUID> inserted = new HashSet<>();
    Map<String, MeterReading> readings = new TreeMap<>();
    Map<UUID, Long> storedBefore = new HashMap<>();
    Set<String> known = new HashSet<>(links.values());
    joins(group).forEach(join -> known.add(join.userId()));
    for (NewEvent event : group) {
      UUID id = event.event().eventId();
      NewEvent first = events.putIfAbsent(id, event);
      if (first == null) {
        inserted.add(id);
        count(event, meters, readings);
        joins(List.of(event)).forEach(join -> link(id, join, known));
      } else {
        storedBefore.put(id, ContentHash.of(first.event()));
      }
    }
    return Future.succeededFuture(
        new Committed(inserted, storedBefore, List.copyOf(readings.values())));
  }

  private static Stream<Join> joins(List<NewEvent> events) {
    return events.stream().map(NewEvent::identity).flatMap(MemoryEventStore::join);
  }

  private static Stream<Join> join(@Nullable IdentityClaim claim) {
    return claim instanceof Join join ? Stream.of(join) : Stream.empty();
  }

  private void link(UUID id, Join join, Set<String> known) {
    if (known.contains(join.anonymousId())
        || !links.getOrDefault(join.anonymousId(), join.userId()).equals(join.userId())) {
      refusedLinks.put(id, new EventAnnotation("already_identified", join.pointer()));
    } else {
      links.put(join.anonymousId(), join.userId());
    }
  }

  private boolean isOf(@Nullable String user, TelemetryEvent event) {
    return user == null
        || user.equals(event.userId())
        || (event.userId() == null && user.equals(links.get(event.anonymousId())));
  }

  private @Nullable List<EventAnnotation> notes(NewEvent event) {
    List<EventAnnotation> notes = new ArrayList<>();
    event.annotations().forEach(n -> notes.add(new EventAnnotation(n.kind().code(), n.pointer())));
    if (event.identity() instanceof IllegalId illegal) {
      notes.add(new EventAnnotation("illegal_id", illegal.pointer()));
    }
    EventAnnotation refused = refusedLinks.get(event.event().eventId());
    if (refused != null) {
      notes.add(refused);
    }
    return notes.isEmpty() ? null : notes;
  }

  private static @Nullable Map<String, @Nullable Boolean> consent(TelemetryEvent event) {
    if (event.consent() == null || event.consent().isEmpty()) {
      return null;
    }
    Map<String, @Nullable Boolean> consent = new TreeMap<>();
    event
        .consent()
        .purposes()
        .forEach(
            (purpose, state) ->
                consent.put(purpose, state == State.PENDING ? null : state == State.GRANTED));
    return consent;
  }

  private void count(NewEvent event, List<Meter> meters, Map<String, MeterReading> readings) {
    String userId = event.event().userId();
    if (!event.verified() || userId == null) {
      return;
    }
    for (Meter meter : meters) {
      if (meter.event().equals(event.event().name())) {
        long count = counters.merge(new Key(userId, meter.key()), 1L, Long::sum);
        readings.put(userId + '\n' + meter.key(), new MeterReading(userId, meter.key(), count));
      }
    }
  }

  /** Count of a meter, 0 when it never moved. */
  public synchronized long count(String userId, String meter) {
    return counters.getOrDefault(new Key(userId, meter), 0L);
  }

  /** Ids of everything that is stored. */
  public synchronized Set<UUID> ids() {
    return events.values().stream().map(e -> e.event().eventId()).collect(Collectors.toSet());
  }

  @Override
  public synchronized Future<EventPage> list(ListEvents query) {
    List<StoredEvent> found = new ArrayList<>();
    for (NewEvent event : events.values().stream().sorted(NEWEST_FIRST).toList()) {
      boolean wanted =
          isOf(query.userId(), event.event())
              && (query.name() == null || query.name().equals(event.event().name()));
      if (wanted) {
        found.add(stored(event));
      }
    }
    int from = 0;
    if (query.before() != null) {
      List<String> ids = found.stream().map(StoredEvent::eventId).toList();
      from = ids.indexOf(query.before()) + 1;
      if (from == 0) {
        return Future.failedFuture(
            new RoomException(ErrorKind.INVALID, "invalid_cursor", "No such cursor."));
      }
    }
    int to = Math.min(found.size(), from + query.limit());
    List<StoredEvent> page = List.copyOf(found.subList(from, to));
    return Future.succeededFuture(
        new EventPage(page, to < found.size() ? page.get(page.size() - 1).eventId() : null));
  }

  private StoredEvent stored(NewEvent event) {
    return new StoredEvent(
        event.event().eventId().toString(),
        event.event().name(),
        event.event().userId(),
        event.event().accountId(),
        event.event().anonymousId(),
        event.event().messageId(),
        event.event().schemaVersion(),
        event.occurredAtMs(),
        event.receivedAtMs(),
        event.verified(),
        new JsonObject(event.event().propertiesJson()).getMap(),
        notes(event),
        consent(event.event()),
        event.gpc());
  }

  @Override
  public Future<Optional<String>> durabilityWarning() {
    return Future.succeededFuture(Optional.of("memory forgets"));
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }
}
