package io.growthbus.ingest.store;

import io.growthbus.ingest.core.ConsentStatement.State;
import io.growthbus.ingest.core.ContentHash;
import io.growthbus.ingest.core.IdentityClaim;
import io.growthbus.ingest.core.IdentityClaim.IllegalId;
import io.growthbus.ingest.core.IdentityClaim.Join;
import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.store.MeterSet.Counted;
import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.config.GrowthConfig.MeterSubject;
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
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Events and counters in memory; keeps the contract of the real store. */
public final class MemoryEventStore implements EventStore {
  /** The revision of meters that it has. */
  public static final int REVISION = 1;

  private record Key(String subject, String meter, LocalDate bucket) {}

  private static final Comparator<NewEvent> NEWEST_FIRST =
      Comparator.comparingLong(NewEvent::receivedAtMs)
          .thenComparing(event -> event.event().eventId().toString())
          .reversed();

  private final Map<UUID, NewEvent> events = new LinkedHashMap<>();
  private final Map<Key, BigDecimal> counters = new LinkedHashMap<>();
  private final Map<String, String> links = new HashMap<>();
  private final Map<UUID, EventAnnotation> refusedLinks = new HashMap<>();

  @Override
  public synchronized Future<Committed> commit(List<NewEvent> group, MeterSet meters) {
    if (meters.revision() != REVISION) {
      return Future.failedFuture(new MetersOutdated());
    }
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

  private void count(NewEvent event, MeterSet meters, Map<String, MeterReading> readings) {
    LocalDate today = LocalDate.now(ZoneOffset.UTC);
    for (Counted counted : meters.meters()) {
      Meter meter = counted.meter();
      Optional<BigDecimal> amount = MeterModel.amount(meter, event);
      if (amount.isEmpty()) {
        continue;
      }
      String subject = Objects.requireNonNull(MeterModel.subject(meter, event));
      LocalDate bucket = MeterModel.bucket(meter, event);
      counters.merge(new Key(subject, meter.key(), bucket), amount.get(), BigDecimal::add);
      if (meter.subject() == MeterSubject.USER && MeterModel.isCurrent(meter, bucket, today)) {
        BigDecimal value =
            counters.entrySet().stream()
                .filter(c -> c.getKey().subject().equals(subject))
                .filter(c -> c.getKey().meter().equals(meter.key()))
                .filter(c -> MeterModel.isCurrent(meter, c.getKey().bucket(), today))
                .map(Map.Entry::getValue)
                .reduce(BigDecimal.ZERO, BigDecimal::add);
        long whole = value.setScale(0, RoundingMode.FLOOR).longValue();
        readings.remove(subject + '\n' + meter.key());
        if (whole >= 1) {
          readings.put(subject + '\n' + meter.key(), new MeterReading(subject, meter.key(), whole));
        }
      }
    }
  }

  /** Value of a user's or an account's meter over all periods, 0 when it never moved. */
  public synchronized long count(String subject, String meter) {
    return counters.entrySet().stream()
        .filter(c -> c.getKey().subject().equals(subject) && c.getKey().meter().equals(meter))
        .map(Map.Entry::getValue)
        .reduce(BigDecimal.ZERO, BigDecimal::add)
        .longValue();
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
