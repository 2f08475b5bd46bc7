package io.growthbus.ingest.store;

import io.growthbus.ingest.core.RefusedEvent;
import io.growthbus.ingest.core.RefusedEvent.Reason;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.ListQuarantine;
import io.growthbus.shared.message.ListQuarantineGroups;
import io.growthbus.shared.message.QuarantineGroups;
import io.growthbus.shared.message.QuarantinePage;
import io.growthbus.shared.message.QuarantineSelector;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/** Where refused events are kept. */
public interface QuarantineStore {

  /**
   * Occurrences of one refused event.
   *
   * @param count how many, 1 or more
   * @param keep false: only the number is kept
   */
  record Occurrences(RefusedEvent event, long count, boolean keep) {}

  /**
   * A refused event that is kept.
   *
   * @param storedBefore whether an event of its id was stored when this one came
   */
  record Kept(long id, RefusedEvent event, boolean storedBefore) {}

  /**
   * What becomes of rows after they were judged again.
   *
   * @param done rows that are not needed any more
   * @param refused the reason for which others are refused now
   */
  record Settlement(Set<Long> done, Map<Long, Reason> refused) {}

  /**
   * Keeps refused events, in one transaction. What is kept already is counted; over the bounds only
   * the number is kept.
   *
   * @param events each fingerprint once
   * @return how many occurrences are not kept, after the commit; fails with the error of PostgreSQL
   */
  Future<Long> add(List<Occurrences> events);

  /** Reasons with how often they occurred, in the order of their keys. */
  Future<QuarantineGroups> groups(ListQuarantineGroups query);

  /** Kept events, newest first; fails with {@link RoomException} {@code invalid_cursor}. */
  Future<QuarantinePage> list(ListQuarantine query);

  /**
   * Judges a page of rows again while nobody else can: rows that another one holds are passed over.
   *
   * @param after only rows with a higher id
   * @param since only rows that were received after this time
   * @param judge says what becomes of the rows; it may take its time, and when it fails all stay as
   *     they are
   * @return the rows that were judged, in the order of their ids
   */
  Future<List<Kept>> settle(
      QuarantineSelector selector,
      long after,
      int limit,
      Instant since,
      Function<List<Kept>, Future<Settlement>> judge);

  /** How many rows a selector names. */
  Future<Long> count(QuarantineSelector selector);

  /** Which of these ids are stored as events. */
  Future<Set<UUID>> stored(Collection<UUID> eventIds);

  /**
   * Deletes what was received longer ago than this.
   *
   * @param now the time now
   */
  Future<Void> expire(Instant now, Duration retention);

  /** Closes the connections. */
  Future<Void> close();
}
