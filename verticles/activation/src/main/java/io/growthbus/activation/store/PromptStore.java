package io.growthbus.activation.store;

import io.growthbus.activation.core.Crossings.Reached;
import io.growthbus.activation.core.PromptState;
import io.growthbus.activation.core.Suppression;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.config.PromptCaps;
import io.growthbus.shared.message.AcknowledgePrompt.Action;
import io.growthbus.shared.message.MeterReading;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Where crossings and prompts are kept. Every future fails with the error of PostgreSQL. */
public interface PromptStore {

  /** A prompt as stored; texts still hold their variables. */
  record StoredPrompt(
      UUID promptId,
      String userId,
      String rule,
      String meter,
      long threshold,
      long count,
      String title,
      String body,
      String ctaLabel,
      String ctaUrl,
      int priority,
      long expiresAtMs) {}

  /** A prompt of a user, for telling pages. */
  record PromptOfUser(UUID promptId, String userId) {}

  /**
   * The state after an acknowledgement.
   *
   * @param changed whether the acknowledgement changed it
   */
  record Acknowledged(PromptState state, boolean changed) {}

  /**
   * Stores the crossings that are new, each with its prompt, in one statement. Of the new steps of
   * a rule the highest waits to be shown; the others, and those that are not fresh, are suppressed.
   *
   * @param reached each rule, user and period once, sorted
   * @param firstPush after which time the sweeper announces a prompt again
   * @return new prompts that wait to be shown
   */
  Future<List<StoredPrompt>> cross(List<Reached> reached, Duration firstPush);

  /**
   * Where a look for missed counters goes on.
   *
   * @param asOf moment of the first look
   * @param bucket first day of the counter's period; null for a lifetime
   */
  record Place(
      OffsetDateTime asOf,
      OffsetDateTime changedAt,
      String userId,
      String meter,
      @Nullable LocalDate bucket) {}

  /**
   * Counters that were missed.
   *
   * @param asOf moment of the first look, for {@link #swept}
   * @param next where the next look goes on; null: that was all
   */
  record Missed(List<MeterReading> readings, OffsetDateTime asOf, @Nullable Place next) {}

  /**
   * Counters that changed since the last sweep, may have reached a step of a rule and have no
   * crossing of it, at most a thousand; the earliest changes first.
   *
   * @param pause nothing is looked for when somebody, on whatever node, has ended a sweep that
   *     began less than this ago
   * @param from where a look goes on; null: at the last sweep
   */
  Future<Missed> missed(
      List<Rule> rules, Duration safetyWindow, Duration pause, @Nullable Place from);

  /** Notes that everything up to that moment has been dealt with; never goes backwards. */
  Future<Void> swept(OffsetDateTime asOf);

  /** Prompts that may still be shown, most important first, by user; whoever has none is absent. */
  Future<Map<String, List<StoredPrompt>>> open(List<String> userIds);

  /** Prompts of a user that may still be shown, most important first. */
  default Future<List<StoredPrompt>> open(String userId) {
    return open(List.of(userId)).map(byUser -> byUser.getOrDefault(userId, List.of()));
  }

  /**
   * Prompts of these users that no page has shown although some time has passed since they were
   * announced.
   */
  Future<List<PromptOfUser>> waiting(List<String> userIds, Duration since);

  /**
   * A prompt and the judgement on it.
   *
   * @param suppression why it is not shown; null: it may be
   */
  record Judged(UUID promptId, @Nullable Suppression suppression) {}

  /**
   * What was decided.
   *
   * @param granted those that may be shown
   * @param first those among them that may be for the first time; each is returned to one caller
   * @param retracted those that were announced and are taken back; each is returned to one caller
   * @param lookAgain whether nothing was decided, because there is a prompt that was not judged
   */
  record Decided(Set<UUID> granted, Set<UUID> first, Set<UUID> retracted, boolean lookAgain) {
    public static final Decided NOTHING = new Decided(Set.of(), Set.of(), Set.of(), false);
    static final Decided LOOK_AGAIN = new Decided(Set.of(), Set.of(), Set.of(), true);

    public Decided {
      granted = Set.copyOf(granted);
      first = Set.copyOf(first);
      retracted = Set.copyOf(retracted);
    }
  }

  /**
   * What is to be decided.
   *
   * @param judged the open prompts of the user
   * @param lastLook whether to decide although there is a prompt that was not judged
   */
  record ToDecide(String userId, List<Judged> judged, boolean lastLook) {}

  /**
   * Decides what users are shown now and stores it, all or nothing. With caps one decision about a
   * user follows the other, on whatever node: that a prompt may be shown is what counts against
   * them, once.
   *
   * @param questions each user once
   * @return as many, in the same order
   */
  Future<List<Decided>> decide(List<ToDecide> questions, PromptCaps caps);

  /** What a user did with a prompt. */
  record Done(String userId, UUID promptId, Action action) {}

  /**
   * Notes what users did, all or nothing.
   *
   * @param done each prompt once
   * @return as many, in the same order; empty where the user has no such prompt
   */
  Future<List<Optional<Acknowledged>>> acknowledge(List<Done> done);

  /** Claims pending prompts whose time to be announced again has come; each goes to one caller. */
  Future<List<StoredPrompt>> claimDue(int most);

  /** Ends prompts whose time is over; each is returned to one caller. */
  Future<List<PromptOfUser>> expire();

  /**
   * What is stored of a user and a rule. Times are ms since the epoch.
   *
   * @param stepKind {@code count}, {@code percent} or {@code every}
   * @param stepNumber place among the steps of its kind; of a repetition, which
   * @param periodStart first day of the period, such as {@code 2026-11-01}; null: once for ever
   * @param atCount count that was seen when the threshold was reached
   * @param state word of the prompt's state; null when it has none any more
   * @param suppression why it was not shown, for state suppressed
   * @param held why it is not announced yet, for state pending
   * @param grantedAtMs when it was first announced
   * @param attempts how often the sweeper has announced it
   */
  record Story(
      String stepKind,
      long stepNumber,
      @Nullable String periodStart,
      long threshold,
      long atCount,
      long crossedAtMs,
      @Nullable PromptState state,
      @Nullable String suppression,
      @Nullable String held,
      int attempts,
      @Nullable Long nextPushAtMs,
      @Nullable Long createdAtMs,
      @Nullable Long grantedAtMs,
      @Nullable Long shownAtMs,
      @Nullable Long handledAtMs,
      @Nullable Long expiresAtMs,
      Grants grants) {}

  /**
   * Prompts of a user that were announced.
   *
   * @param ofRule those of the rule in the epoch of the crossing
   * @param withinDay those of the last 24 hours, of every rule
   * @param lastAtMs when the last one was, ms since the epoch; null: there was none
   */
  record Grants(long ofRule, long withinDay, @Nullable Long lastAtMs) {}

  /** The latest crossing of a rule by a user and its prompt; empty when there was none. */
  Future<Optional<Story>> story(String userId, String rule);

  /** Closes the connections. */
  Future<Void> close();
}
