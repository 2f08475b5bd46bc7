package io.growthbus.ingest;

import io.growthbus.ingest.EventJudge.Judgement;
import io.growthbus.ingest.EventJudge.Refuse;
import io.growthbus.ingest.EventJudge.Sender;
import io.growthbus.ingest.EventJudge.Store;
import io.growthbus.ingest.GroupCommit.Outcome;
import io.growthbus.ingest.core.RefusedEvent;
import io.growthbus.ingest.core.RefusedEvent.Origin;
import io.growthbus.ingest.core.RefusedEvent.Reason;
import io.growthbus.ingest.store.EventStore.NewEvent;
import io.growthbus.ingest.store.QuarantineStore;
import io.growthbus.ingest.store.QuarantineStore.Kept;
import io.growthbus.ingest.store.QuarantineStore.Settlement;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.QuarantineReplayed;
import io.growthbus.shared.message.QuarantineReplayed.StillRefused;
import io.growthbus.shared.message.RejectedEvent;
import io.growthbus.shared.message.ReplayQuarantine;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Judges kept events as their senders' requests would be judged now, and stores those that pass the
 * way of all events. What was true when they came stays true: who was proven, whose clock was off,
 * how old they were. They are stored as received now, because ids are kept by arrival.
 */
final class QuarantineReplay {
  private static final int SHOWN = 100;

  private final QuarantineStore store;
  private final GroupCommit commits;
  private final EventJudge judge;

  QuarantineReplay(QuarantineStore store, GroupCommit commits, EventJudge judge) {
    this.store = store;
    this.commits = commits;
    this.judge = judge;
  }

  /** What a replay has done so far. */
  static final class Tally {
    private final List<StillRefused> stillRefused = new ArrayList<>();
    private long last;
    private int judged;
    private int replayed;
    private int duplicates;
    private int consentDropped;
    private int refused;

    Tally(long last) {
      this.last = last;
    }

    /** Id of the last row that was judged. */
    long last() {
      return last;
    }

    int judged() {
      return judged;
    }

    void add(Tally page) {
      last = page.last;
      judged += page.judged;
      replayed += page.replayed;
      duplicates += page.duplicates;
      consentDropped += page.consentDropped;
      refused += page.refused;
      stillRefused.addAll(
          page.stillRefused.subList(
              0, Math.min(page.stillRefused.size(), SHOWN - stillRefused.size())));
    }

    QuarantineReplayed answer(long remaining, boolean more) {
      return new QuarantineReplayed(
          replayed,
          duplicates,
          consentDropped,
          refused,
          List.copyOf(stillRefused),
          remaining,
          more ? last : null);
    }
  }

  /** What was decided about a page of rows. */
  private static final class Page {
    private final Map<Long, NewEvent> accepted = new LinkedHashMap<>();
    private final Map<Long, Reason> refused = new LinkedHashMap<>();
    private final Set<Long> unchanged = new HashSet<>();
    private final Set<Long> done = new HashSet<>();
  }

  /**
   * Judges rows and, unless it is a dry run, stores what passes.
   *
   * @param tally gets the numbers
   * @return what to do with the rows; fails as {@link GroupCommit#submit}
   */
  Future<Settlement> judge(List<Kept> rows, ReplayQuarantine order, Tally tally) {
    Page page = new Page();
    rows.forEach(row -> judge(row, order.atMs(), page, tally));
    tally.judged += rows.size();
    tally.last = rows.get(rows.size() - 1).id();
    List<Long> ids = List.copyOf(page.accepted.keySet());
    List<NewEvent> events = List.copyOf(page.accepted.values());
    Future<List<Outcome>> outcomes = order.dryRun() ? foreseen(events) : commits.submit(events);
    return outcomes.map(
        known -> {
          for (int i = 0; i < known.size(); i++) {
            settle(ids.get(i), known.get(i), page, tally);
          }
          tally.refused += page.refused.size();
          page.refused.forEach(
              (id, why) -> tally.stillRefused.add(new StillRefused(id, why.code(), why.pointer())));
          page.refused.keySet().removeAll(page.unchanged);
          return order.dryRun()
              ? new Settlement(Set.of(), Map.of())
              : new Settlement(page.done, page.refused);
        });
  }

  private static void settle(long id, Outcome outcome, Page page, Tally tally) {
    switch (outcome) {
      case STORED -> {
        tally.replayed++;
        page.done.add(id);
      }
      case DUPLICATE, CONFLICTING -> {
        tally.duplicates++;
        page.done.add(id);
      }
      case NOT_STORABLE ->
          page.refused.put(
              id,
              new Reason(
                  IngestService.NOT_STORABLE.code(),
                  IngestService.NOT_STORABLE.message(),
                  IngestService.NOT_STORABLE.pointer()));
    }
  }

  private void judge(Kept row, long atMs, Page page, Tally tally) {
    RefusedEvent kept = row.event();
    if (row.storedBefore()) {
      tally.duplicates++;
      page.done.add(row.id());
      return;
    }
    if (!kept.whole()) {
      refuse(row, kept.reason(), page);
      return;
    }
    DecodedBatch batch;
    try {
      batch =
          BatchDecoder.decode(
              ("[" + kept.content() + "]").getBytes(StandardCharsets.UTF_8), judge.privacy());
    } catch (RoomException unreadable) {
      refuse(row, kept.reason(), page);
      return;
    }
    if (batch.events().isEmpty()) {
      RejectedEvent why = batch.rejected().get(0);
      refuse(row, new Reason(why.code(), why.message(), why.pointer()), page);
      return;
    }
    Origin origin = kept.origin();
    Judgement judgement =
        judge.judge(
            batch.events().get(0),
            new Sender(
                origin.proven() ? kept.userId() : null,
                origin.believed(),
                origin.receivedAtMs(),
                origin.behindMs(),
                origin.gpc(),
                false));
    if (judgement instanceof Store yes) {
      page.accepted.put(row.id(), asArriving(yes.event(), origin, atMs));
    } else if (judgement instanceof Refuse no) {
      refuse(row, new Reason(no.why().code(), no.why().message(), no.why().pointer()), page);
    } else {
      tally.consentDropped++;
      page.done.add(row.id());
    }
  }

  /** Whoever was not proven then is not proven now, whatever the configuration says by now. */
  private static NewEvent asArriving(NewEvent event, Origin origin, long atMs) {
    return new NewEvent(
        event.event(),
        event.verified() && (origin.believed() || origin.proven()),
        atMs,
        event.behindMs(),
        event.annotations(),
        event.gpc(),
        event.identity(),
        event.namesMember());
  }

  private static void refuse(Kept row, Reason why, Page page) {
    page.refused.put(row.id(), why);
    if (why.equals(row.event().reason())) {
      page.unchanged.add(row.id());
    }
  }

  private Future<List<Outcome>> foreseen(List<NewEvent> events) {
    List<UUID> ids = events.stream().map(event -> event.event().eventId()).toList();
    return store
        .stored(ids)
        .map(
            stored -> {
              Map<UUID, Boolean> seen = new HashMap<>();
              stored.forEach(id -> seen.put(id, true));
              return ids.stream()
                  .map(id -> seen.put(id, true) == null ? Outcome.STORED : Outcome.DUPLICATE)
                  .toList();
            });
  }
}
