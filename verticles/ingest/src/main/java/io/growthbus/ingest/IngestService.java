package io.growthbus.ingest;

import io.growthbus.ingest.GroupCommit.Outcome;
import io.growthbus.ingest.core.EventRules;
import io.growthbus.ingest.core.EventVerdict;
import io.growthbus.ingest.core.EventVerdict.Accepted;
import io.growthbus.ingest.core.EventVerdict.ConsentMissing;
import io.growthbus.ingest.core.EventVerdict.Rejected;
import io.growthbus.ingest.core.SenderClock;
import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.core.privacy.PrivacyRules;
import io.growthbus.ingest.core.schema.ContractVerdict;
import io.growthbus.ingest.core.schema.ContractVerdict.Kept;
import io.growthbus.ingest.core.schema.ContractVerdict.Refused;
import io.growthbus.ingest.core.schema.Violation;
import io.growthbus.ingest.registry.SchemaService;
import io.growthbus.ingest.store.EventStore;
import io.growthbus.ingest.store.EventStore.NewEvent;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.erasure.Suppression;
import io.growthbus.shared.message.EventPage;
import io.growthbus.shared.message.EventsRecorded;
import io.growthbus.shared.message.ListEvents;
import io.growthbus.shared.message.RecordEvents;
import io.growthbus.shared.message.RejectedEvent;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** The use cases of ingest: record a batch, show what is stored. */
final class IngestService {
  private static final int PAGE = 1_000;

  private final EventStore store;
  private final GroupCommit commits;
  private final Live<GrowthConfig> config;
  private final SchemaService schemas;
  private final Suppression suppression;
  private final LongAdder droppedProperties = new LongAdder();
  private Compiled privacy;

  /** The privacy rules of one configuration. */
  private record Compiled(GrowthConfig config, PrivacyRules rules) {}

  IngestService(
      EventStore store,
      GroupCommit commits,
      Live<GrowthConfig> config,
      SchemaService schemas,
      Suppression suppression) {
    this.suppression = suppression;
    this.store = store;
    this.commits = commits;
    this.config = config;
    this.schemas = schemas;
    this.privacy = new Compiled(config.get(), PrivacyRules.of(config.get()));
  }

  /**
   * Records a batch: decode, decide on each event, commit, answer per event.
   *
   * @return fails with {@link RoomException} {@code invalid_envelope}, {@code too_many_events}, or
   *     those of {@link GroupCommit#submit}
   */
  Future<EventsRecorded> record(RecordEvents order) {
    return Future.succeededFuture(order.body())
        .map(body -> BatchDecoder.decode(body, privacy()))
        .map(batch -> judge(batch, order))
        .compose(
            judged ->
                commits.submit(judged.accepted()).map(outcomes -> verdicts(judged, outcomes)));
  }

  private PrivacyRules privacy() {
    GrowthConfig current = config.get();
    if (!Objects.equals(privacy.config(), current)) {
      privacy = new Compiled(current, PrivacyRules.of(current));
    }
    return privacy.rules();
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

  /** A batch whose events are decided on. */
  private record Judged(
      List<NewEvent> accepted, List<RejectedEvent> rejected, int withoutConsent) {}

  private Judged judge(DecodedBatch batch, RecordEvents order) {
    droppedProperties.add(batch.droppedProperties());
    GrowthConfig rules = config.get();
    long receivedAtMs = order.receivedAtMs();
    long behindMs = SenderClock.behindMs(batch.sentAtMs(), receivedAtMs);
    List<NewEvent> accepted = new ArrayList<>(batch.events().size());
    List<RejectedEvent> rejected = new ArrayList<>(batch.rejected());
    int withoutConsent = 0;
    for (TelemetryEvent event : batch.events()) {
      if (isKeptOut(event)) {
        withoutConsent++;
        continue;
      }
      EventVerdict verdict =
          EventRules.decide(
              event, rules, order.verifiedUserId(), order.trusted(), receivedAtMs - behindMs);
      if (verdict instanceof Accepted yes) {
        ContractVerdict contract = schemas.judge(event);
        if (contract instanceof Kept kept) {
          accepted.add(
              new NewEvent(event, yes.verified(), receivedAtMs, behindMs, kept.annotations()));
        } else if (contract instanceof Refused refused) {
          rejected.add(rejection(event, breach(refused.violation())));
        }
      } else if (verdict instanceof Rejected no) {
        rejected.add(rejection(event, no));
      } else if (verdict instanceof ConsentMissing) {
        withoutConsent++;
      }
    }
    return new Judged(accepted, rejected, withoutConsent);
  }

  /** Whether it is of a user who was erased, or of nobody under an anonymous id of such a user. */
  private boolean isKeptOut(TelemetryEvent event) {
    return suppression.contains(event.userId() == null ? event.anonymousId() : event.userId());
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
        case NOT_STORABLE ->
            rejected.add(
                rejection(
                    events.get(i).event(),
                    new Rejected(
                        "not_storable", "The database refuses a value of this event.", "")));
      }
    }
    rejected.sort(Comparator.comparingInt(RejectedEvent::index));
    return new EventsRecorded(
        stored, duplicates, List.copyOf(rejected), batch.withoutConsent(), conflicts);
  }

  private static Rejected breach(Violation violation) {
    return new Rejected(violation.kind().code(), violation.kind().message(), violation.pointer());
  }

  private static RejectedEvent rejection(TelemetryEvent event, Rejected why) {
    return new RejectedEvent(
        event.index(), event.eventId().toString(), why.code(), why.message(), why.pointer());
  }
}
