package io.growthbus.ingest.store;

import io.growthbus.ingest.core.ContentHash;
import io.growthbus.ingest.core.IdentityClaim;
import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.core.schema.Violation;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.EventPage;
import io.growthbus.shared.message.ListEvents;
import io.growthbus.shared.message.MeterReading;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Where events and usage counters are kept. */
public interface EventStore {

  /**
   * An event to store.
   *
   * @param verified whether it moves counters
   * @param receivedAtMs when the server got it, ms since the epoch
   * @param behindMs how far the sender's clock is behind the server's, in ms
   * @param annotations how it differs from its contract
   * @param gpc whether the sender asked that nothing is sold or shared
   * @param identity what it says about who an anonymous id is, or null
   * @param namesMember whether it makes its user a member of its account; it names both then
   */
  record NewEvent(
      TelemetryEvent event,
      boolean verified,
      long receivedAtMs,
      long behindMs,
      List<Violation> annotations,
      boolean gpc,
      @Nullable IdentityClaim identity,
      boolean namesMember) {

    /** An event that makes nobody a member of an account. */
    public NewEvent(
        TelemetryEvent event,
        boolean verified,
        long receivedAtMs,
        long behindMs,
        List<Violation> annotations,
        boolean gpc,
        @Nullable IdentityClaim identity) {
      this(event, verified, receivedAtMs, behindMs, annotations, gpc, identity, false);
    }

    /** An event of a sender that said nothing about sharing or about another id. */
    public NewEvent(
        TelemetryEvent event,
        boolean verified,
        long receivedAtMs,
        long behindMs,
        List<Violation> annotations) {
      this(event, verified, receivedAtMs, behindMs, annotations, false, null);
    }

    /** An event of a sender whose clock is right, as its contract says. */
    public NewEvent(TelemetryEvent event, boolean verified, long receivedAtMs) {
      this(event, verified, receivedAtMs, 0, List.of());
    }

    /** An event of a sender whose clock is off, as its contract says. */
    public NewEvent(TelemetryEvent event, boolean verified, long receivedAtMs, long behindMs) {
      this(event, verified, receivedAtMs, behindMs, List.of());
    }

    /** When it happened by the server's clock, ms since the epoch. */
    public long occurredAtMs() {
      return event.timestampMs() + behindMs;
    }
  }

  /**
   * What a commit did.
   *
   * @param inserted ids that were not stored before
   * @param storedBefore the others, each with the {@link ContentHash} of what is stored
   * @param readings values of users' meters that moved in the period that is now, as committed;
   *     those below one are left out
   */
  record Committed(Set<UUID> inserted, Map<UUID, Long> storedBefore, List<MeterReading> readings) {}

  /**
   * Stores the events that are not stored yet, counts those and keeps the links of anonymous ids
   * that they make, in one transaction. An id is known for 35 days. The first link of an anonymous
   * id wins; an event that would link it, or a user, to another one has the note {@code
   * already_identified}.
   *
   * @param events each id once
   * @param meters which events move which counters
   * @return completed after the commit; fails with {@link MetersOutdated} or the error of
   *     PostgreSQL, and nothing is stored then unless the connection was lost (outcome unknown;
   *     repeat the same)
   */
  Future<Committed> commit(List<NewEvent> events, MeterSet meters);

  /**
   * A page of stored events, newest first, those of a user with what the anonymous ids did that are
   * linked to the user; fails with {@link RoomException} {@code invalid_cursor} or the error of
   * PostgreSQL.
   */
  Future<EventPage> list(ListEvents query);

  /**
   * Why a commit might not survive a crash of the server, if so; fails with the error of
   * PostgreSQL.
   */
  Future<Optional<String>> durabilityWarning();

  /** Closes the connections. */
  Future<Void> close();
}
