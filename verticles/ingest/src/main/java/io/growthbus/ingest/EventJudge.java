package io.growthbus.ingest;

import io.growthbus.ingest.core.ConsentStatement;
import io.growthbus.ingest.core.EventRules;
import io.growthbus.ingest.core.EventVerdict;
import io.growthbus.ingest.core.EventVerdict.Accepted;
import io.growthbus.ingest.core.EventVerdict.ConsentMissing;
import io.growthbus.ingest.core.EventVerdict.Rejected;
import io.growthbus.ingest.core.IdentityRules;
import io.growthbus.ingest.core.Limits;
import io.growthbus.ingest.core.MemberRules;
import io.growthbus.ingest.core.RefusedEvent;
import io.growthbus.ingest.core.RefusedEvent.Origin;
import io.growthbus.ingest.core.RefusedEvent.Reason;
import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.core.privacy.PrivacyRules;
import io.growthbus.ingest.core.schema.ContractVerdict;
import io.growthbus.ingest.core.schema.ContractVerdict.Kept;
import io.growthbus.ingest.core.schema.ContractVerdict.Refused;
import io.growthbus.ingest.core.schema.Violation;
import io.growthbus.ingest.registry.LiveContracts;
import io.growthbus.ingest.store.EventStore.NewEvent;
import io.growthbus.ingest.store.PgConsentStore.Stated;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfig.Identity;
import io.growthbus.shared.config.GrowthConfig.ViolationAction;
import io.growthbus.shared.domain.ThresholdCrossed;
import io.growthbus.shared.erasure.Suppression;
import io.growthbus.shared.settings.Live;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Decides about events by the rules and contracts of now, and what of a refused one may be kept.
 *
 * <p>Kept is what was refused for its content. Nothing is kept of an event without consent,
 * whatever else is wrong with it, nor of one that names another user than its sender's token. Where
 * the consent cannot be read, only the number is kept, and not even that when consent is required.
 */
final class EventJudge {
  private static final int POINTER = 300;

  private static final Rejected RESERVED =
      new Rejected(
          "reserved_name",
          "Events of this name are recorded by the product itself; send it under another name.",
          "/name");

  private final Live<GrowthConfig> config;
  private final LiveContracts contracts;
  private final Suppression suppression;
  private final boolean tokensNameAccounts;
  private @Nullable Compiled privacy;

  /** The privacy rules of one configuration and the contracts of one moment. */
  private record Compiled(
      GrowthConfig config, Map<String, Set<String>> names, PrivacyRules rules) {}

  /**
   * Who sent an event and when.
   *
   * @param provenUserId user of the sender's token, or null
   * @param trusted whether the sender may speak for any user
   * @param receivedAtMs when the server got it, ms since the epoch
   * @param behindMs how far the sender's clock is behind the server's, in ms
   * @param gpc whether the sender asked that nothing is sold or shared
   * @param system whether it is the product itself
   */
  record Sender(
      @Nullable String provenUserId,
      boolean trusted,
      long receivedAtMs,
      long behindMs,
      boolean gpc,
      boolean system) {}

  /** What becomes of an event. */
  sealed interface Judgement {}

  record Store(NewEvent event) implements Judgement {}

  /**
   * It is not stored, and only how many those are is told: nobody consented, or the user is kept
   * out.
   */
  record NoConsent() implements Judgement {}

  /**
   * It is refused.
   *
   * @param forItsContent whether that is a matter of the quarantine
   */
  record Refuse(Rejected why, boolean forItsContent) implements Judgement {}

  /**
   * @param suppression who was erased and is kept out
   * @param tokensNameAccounts whether a user's token is enough to say which account is the user's
   */
  EventJudge(
      Live<GrowthConfig> config,
      LiveContracts contracts,
      Suppression suppression,
      boolean tokensNameAccounts) {
    this.suppression = suppression;
    this.tokensNameAccounts = tokensNameAccounts;
    this.config = config;
    this.contracts = contracts;
  }

  /** The privacy rules of now. */
  PrivacyRules privacy() {
    GrowthConfig current = config.get();
    Map<String, Set<String>> names = contracts.propertyNames();
    Compiled known = privacy;
    if (known == null || !known.config().equals(current) || !known.names().equals(names)) {
      known = new Compiled(current, names, PrivacyRules.of(current, names));
      privacy = known;
    }
    return known.rules();
  }

  /** The judgement on a well-formed event. */
  Judgement judge(TelemetryEvent event, Sender sender) {
    // Of a user who was erased, or of nobody under an anonymous id of such a user.
    if (suppression.contains(event.userId() == null ? event.anonymousId() : event.userId())) {
      return new NoConsent();
    }
    if (event.name().equals(ThresholdCrossed.EVENT) && !sender.system()) {
      return new Refuse(RESERVED, false);
    }
    EventVerdict verdict = verdict(event, sender);
    if (verdict instanceof Rejected no) {
      return new Refuse(no, !no.code().equals(EventRules.IDENTITY_MISMATCH));
    }
    if (verdict instanceof ConsentMissing) {
      return new NoConsent();
    }
    ContractVerdict contract = contracts.judge(event);
    if (contract instanceof Refused refused) {
      return new Refuse(
          breach(refused.violation()), refused.action() == ViolationAction.QUARANTINE);
    }
    boolean verified = ((Accepted) verdict).verified();
    return new Store(
        new NewEvent(
            event,
            verified,
            sender.receivedAtMs(),
            sender.behindMs(),
            ((Kept) contract).annotations(),
            sender.gpc(),
            IdentityRules.claim(event, PreviousId.of(event), verified).orElse(null),
            verified && mayNameAccounts(sender) && MemberRules.names(event)));
  }

  /** An open identity believes every user id; whose account pays is another matter. */
  private boolean mayNameAccounts(Sender sender) {
    return sender.trusted() || (tokensNameAccounts && sender.provenUserId() != null);
  }

  private EventVerdict verdict(TelemetryEvent event, Sender sender) {
    long nowMs = sender.receivedAtMs() - sender.behindMs();
    return sender.system()
        ? EventRules.decideConsented(
            event, config.get(), sender.provenUserId(), sender.trusted(), nowMs)
        : EventRules.decide(event, config.get(), sender.provenUserId(), sender.trusted(), nowMs);
  }

  /**
   * What a proven user says about consent with an event, whether the event is stored or not;
   * nothing of one who was erased and is kept out.
   */
  List<Stated> stated(TelemetryEvent event, Sender sender) {
    String user = event.userId();
    ConsentStatement said = event.consent();
    if (user == null || said == null || suppression.contains(user)) {
      return List.of();
    }
    boolean believed = sender.trusted() || config.get().identity() == Identity.OPEN;
    if (sender.provenUserId() == null ? !believed : !user.equals(sender.provenUserId())) {
      return List.of();
    }
    // A clock that is ahead must not have the last word for ever.
    long at = Math.min(event.timestampMs() + sender.behindMs(), sender.receivedAtMs());
    return said.purposes().entrySet().stream()
        .map(one -> new Stated(user, one.getKey(), one.getValue(), at))
        .toList();
  }

  private static Rejected breach(Violation violation) {
    return new Rejected(violation.kind().code(), violation.kind().message(), violation.pointer());
  }

  /** What the quarantine gets of a well-formed event; empty when nothing of it may be kept. */
  Optional<Refusal> refusal(TelemetryEvent event, Rejected why, Sender sender) {
    if (!mayKeep(event.consent(), event.userId(), sender)) {
      return Optional.empty();
    }
    return Optional.of(
        new Refusal(
            refused(
                event.eventId(),
                event.name(),
                event.schemaVersion(),
                event.userId(),
                new Reason(why.code(), why.message(), why.pointer()),
                sender,
                text(event),
                true),
            true));
  }

  /** What the quarantine gets of an event that is not well-formed. */
  Optional<Refusal> refusal(MalformedEvent event, Sender sender) {
    boolean unknown = !event.consentLegible() && config.get().consent().required();
    if (unknown || !mayKeep(event.consent(), event.userId(), sender)) {
      return Optional.empty();
    }
    RefusedEvent refused =
        refused(
            event.eventId(),
            event.name(),
            event.schemaVersion(),
            event.userId(),
            new Reason(event.why().code(), event.why().message(), event.why().pointer()),
            sender,
            event.content(),
            event.whole());
    return Optional.of(new Refusal(refused, event.consentLegible()));
  }

  private boolean mayKeep(
      @Nullable ConsentStatement consent, @Nullable String userId, Sender sender) {
    boolean another =
        !sender.trusted()
            && sender.provenUserId() != null
            && userId != null
            && !sender.provenUserId().equals(userId);
    return !another
        && !suppression.contains(userId == null ? sender.provenUserId() : userId)
        && EventRules.consents(consent, config.get());
  }

  private RefusedEvent refused(
      @Nullable UUID eventId,
      @Nullable String name,
      @Nullable String schemaVersion,
      @Nullable String userId,
      Reason reason,
      Sender sender,
      String content,
      boolean whole) {
    String user = userId == null ? sender.provenUserId() : userId;
    boolean proven = user != null && user.equals(sender.provenUserId());
    boolean believed = sender.trusted() || config.get().identity() == Identity.OPEN;
    String pointer = reason.pointer();
    return new RefusedEvent(
        eventId,
        name,
        schemaVersion,
        user == null ? null : storable(user),
        new Reason(
            reason.code(),
            reason.message(),
            storable(pointer.length() > POINTER ? pointer.substring(0, POINTER) : pointer)),
        new Origin(proven, believed, sender.gpc(), sender.receivedAtMs(), sender.behindMs()),
        storable(content),
        whole);
  }

  private static String storable(String text) {
    return Limits.isStorable(text) ? text : text.replaceAll("[\\x00\\ud800-\\udfff]", "?");
  }

  private String text(TelemetryEvent event) {
    try {
      return RawEvent.of(event, privacy());
    } catch (IOException e) {
      throw new UncheckedIOException("a text cannot be written into memory", e);
    }
  }
}
