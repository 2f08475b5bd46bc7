package io.growthbus.activation.store;

import io.growthbus.activation.core.Crossings.Reached;
import io.growthbus.activation.core.PromptState;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.message.AcknowledgePrompt.Action;
import io.growthbus.shared.message.MeterReading;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
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
   * Stores the crossings that are new, each with its prompt, in one statement.
   *
   * @param reached each rule and user once, sorted
   * @param firstPush after which time the sweeper announces a prompt again
   * @return prompts of the new crossings only
   */
  Future<List<StoredPrompt>> cross(List<Reached> reached, Duration firstPush);

  /**
   * Counters that were missed.
   *
   * @param asOf moment of the look, for {@link #swept}
   * @param next when the last of them changed, where the next look begins; null: that was all
   */
  record Missed(List<MeterReading> readings, OffsetDateTime asOf, @Nullable OffsetDateTime next) {}

  /**
   * Counters that changed since the last sweep, have reached a rule and have no crossing, at most a
   * thousand; the earliest changes first.
   *
   * @param from where a look goes on after the crossings of the one before are stored; null: at the
   *     last sweep
   */
  Future<Missed> missed(List<Rule> rules, Duration safetyWindow, @Nullable OffsetDateTime from);

  /** Notes that everything up to that moment has been dealt with; never goes backwards. */
  Future<Void> swept(OffsetDateTime asOf);

  /** Prompts of a user that may still be shown, most important first. */
  Future<List<StoredPrompt>> open(String userId);

  /**
   * Prompts of these users that no page has shown although some time has passed since they were
   * made.
   */
  Future<List<PromptOfUser>> waiting(List<String> userIds, Duration since);

  /** Marks a pending prompt as one that is not shown. */
  Future<Void> suppress(UUID promptId, String code);

  /** Takes back every prompt of a user that may still be shown; each is returned to one caller. */
  Future<List<PromptOfUser>> retract(String userId);

  /** Notes what a user did; empty when there is no such prompt of this user. */
  Future<Optional<Acknowledged>> acknowledge(String userId, UUID promptId, Action action);

  /** Claims pending prompts whose time to be announced again has come; each goes to one caller. */
  Future<List<StoredPrompt>> claimDue(int most);

  /** Ends prompts whose time is over; each is returned to one caller. */
  Future<List<PromptOfUser>> expire();

  /**
   * What is stored of a user and a rule. Times are ms since the epoch.
   *
   * @param atCount count that was seen when the threshold was reached
   * @param state word of the prompt's state; null when it has none any more
   * @param suppression why it was not shown, for state suppressed
   * @param attempts how often the sweeper has announced it
   */
  record Story(
      long threshold,
      long atCount,
      long crossedAtMs,
      @Nullable PromptState state,
      @Nullable String suppression,
      int attempts,
      @Nullable Long nextPushAtMs,
      @Nullable Long createdAtMs,
      @Nullable Long shownAtMs,
      @Nullable Long handledAtMs,
      @Nullable Long expiresAtMs) {}

  /** The latest crossing of a rule by a user and its prompt; empty when there was none. */
  Future<Optional<Story>> story(String userId, String rule);

  /** Closes the connections. */
  Future<Void> close();
}
