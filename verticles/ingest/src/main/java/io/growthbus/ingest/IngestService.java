package io.growthbus.ingest;

import io.growthbus.ingest.EventJudge.Judgement;
import io.growthbus.ingest.EventJudge.Refuse;
import io.growthbus.ingest.EventJudge.Sender;
import io.growthbus.ingest.EventJudge.Store;
import io.growthbus.ingest.GroupCommit.Outcome;
import io.growthbus.ingest.core.EventVerdict.Rejected;
import io.growthbus.ingest.core.SenderClock;
import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.store.EventStore;
import io.growthbus.ingest.store.EventStore.NewEvent;
import io.growthbus.ingest.store.PgConsentStore.Stated;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.EventPage;
import io.growthbus.shared.message.EventsRecorded;
import io.growthbus.shared.message.ListEvents;
import io.growthbus.shared.message.RecordEvents;
import io.growthbus.shared.message.RejectedEvent;
import io.growthbus.shared.postgres.Postgres;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** The use cases of ingest: record a batch, show what is stored. */
final class IngestService {
  private static final int PAGE = 1_000;

  /** What is wrong with an event that PostgreSQL refuses. */
  static final Rejected NOT_STORABLE =
      new Rejected("not_storable", "The database refuses a value of this event.", "");

  private final EventStore store;
  private final GroupCommit commits;
  private final Quarantine quarantine;
  private final EventJudge judge;
  private final ConsentService consents;
  private final LongAdder droppedProperties = new LongAdder();

  IngestService(
      EventStore store,
      GroupCommit commits,
      Quarantine quarantine,
      EventJudge judge,
      ConsentService consents) {
    this.consents = consents;
    this.store = store;
    this.commits = commits;
    this.quarantine = quarantine;
    this.judge = judge;
  }

  /**
   * Records a batch: decode, decide on each event, commit, answer per event. What is refused for
   * its content is in the quarantine before its sender hears of it.
   *
   * @return fails with {@link RoomException} {@code invalid_envelope}, {@code too_many_events}, or
   *     those of {@link GroupCommit#submit}, {@link Quarantine#add} and {@link ConsentService#note}
   */
  Future<EventsRecorded> record(RecordEvents order) {
    return Future.succeededFuture(order.body())
        .map(body -> BatchDecoder.decode(body, judge.privacy()))
        .compose(
            batch -> {
              long behindMs = SenderClock.behindMs(batch.sentAtMs(), order.receivedAtMs());
              Sender sender =
                  new Sender(
                      order.verifiedUserId(),
                      order.trusted(),
                      order.receivedAtMs(),
                      behindMs,
                      order.gpc(),
                      order.system());
              return store(judge(batch, sender), sender);
            });
  }

  /** How many properties were dropped, since the start, because no contract names them. */
  long droppedProperties() {
    return droppedProperties.sum();
  }

  /**
   * Shows stored events; fails with {@link RoomException} {@code invalid_limit}, {@code
   * invalid_cursor} or {@code store_unavailable}.
   */
  Future<EventPage> list(ListEvents query) {
    if (query.limit() < 1 || query.limit() > PAGE) {
      return Future.failedFuture(
          new RoomException(
              ErrorKind.INVALID, "invalid_limit", "The limit must be 1 to " + PAGE + "."));
    }
    return store
        .list(query)
        .recover(
            failure ->
                Future.failedFuture(
                    Postgres.isTransient(failure)
                        ? new RoomException(
                            ErrorKind.UNAVAILABLE,
                            "store_unavailable",
                            "The events cannot be read now; try again.")
                        : failure));
  }

  /**
   * A batch whose events are decided on.
   *
   * @param refusals those of the rejected ones that the quarantine gets
   * @param stated what was said about consent
   */
  private record Judged(
      List<NewEvent> accepted,
      List<RejectedEvent> rejected,
      List<Refusal> refusals,
      List<Stated> stated,
      int withoutConsent) {}

  private Judged judge(DecodedBatch batch, Sender sender) {
    droppedProperties.add(batch.droppedProperties());
    List<NewEvent> accepted = new ArrayList<>(batch.events().size());
    List<RejectedEvent> rejected = new ArrayList<>(batch.rejected());
    List<Refusal> refusals = new ArrayList<>();
    batch.malformed().forEach(event -> judge.refusal(event, sender).ifPresent(refusals::add));
    List<Stated> stated = new ArrayList<>();
    int withoutConsent = 0;
    for (TelemetryEvent event : batch.events()) {
      stated.addAll(judge.stated(event, sender));
      Judgement judgement = judge.judge(event, sender);
      if (judgement instanceof Store yes) {
        accepted.add(yes.event());
      } else if (judgement instanceof Refuse no) {
        rejected.add(rejection(event, no.why()));
        if (no.forItsContent()) {
          judge.refusal(event, no.why(), sender).ifPresent(refusals::add);
        }
      } else {
        withoutConsent++;
      }
    }
    return new Judged(accepted, rejected, refusals, stated, withoutConsent);
  }

  private Future<EventsRecorded> store(Judged batch, Sender sender) {
    Future<List<Outcome>> stored = commits.submit(batch.accepted());
    // Refused at once: the sender repeats all of it, and all of it is judged again.
    Future<Void> kept =
        stored.failed()
            ? Future.succeededFuture()
            : Future.join(quarantine.add(batch.refusals()), consents.note(batch.stated()))
                .mapEmpty();
    return stored.compose(
        outcomes ->
            kept.compose(done -> quarantine.add(notStorable(batch, outcomes, sender)))
                .map(done -> verdicts(batch, outcomes)));
  }

  private List<Refusal> notStorable(Judged batch, List<Outcome> outcomes, Sender sender) {
    if (!outcomes.contains(Outcome.NOT_STORABLE)) {
      return List.of();
    }
    List<Refusal> refusals = new ArrayList<>();
    for (int i = 0; i < outcomes.size(); i++) {
      if (outcomes.get(i) == Outcome.NOT_STORABLE) {
        judge
            .refusal(batch.accepted().get(i).event(), NOT_STORABLE, sender)
            .ifPresent(refusals::add);
      }
    }
    return refusals;
  }

  private static EventsRecorded verdicts(Judged batch, List<Outcome> outcomes) {
    List<NewEvent> events = batch.accepted();
    List<RejectedEvent> rejected = new ArrayList<>(batch.rejected());
    int stored = 0;
    int duplicates = 0;
    int conflicts = 0;
    for (int i = 0; i < events.size(); i++) {
      switch (outcomes.get(i)) {
        case STORED -> stored++;
        case DUPLICATE -> duplicates++;
        case CONFLICTING -> {
          duplicates++;
          conflicts++;
        }
        case NOT_STORABLE -> rejected.add(rejection(events.get(i).event(), NOT_STORABLE));
      }
    }
    rejected.sort(Comparator.comparingInt(RejectedEvent::index));
    return new EventsRecorded(
        stored, duplicates, List.copyOf(rejected), batch.withoutConsent(), conflicts);
  }

  private static RejectedEvent rejection(TelemetryEvent event, Rejected why) {
    return new RejectedEvent(
        event.index(), event.eventId().toString(), why.code(), why.message(), why.pointer());
  }
}
