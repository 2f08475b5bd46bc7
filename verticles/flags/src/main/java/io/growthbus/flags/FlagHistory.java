package io.growthbus.flags;

import io.growthbus.flags.store.HistoryStore;
import io.growthbus.flags.store.HistoryStore.Past;
import io.growthbus.flags.store.HistoryStore.Period;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.FlagDecision;
import io.growthbus.shared.message.EvaluateFlagAt;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagEvaluatedAt;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** What flags answered in the past. */
final class FlagHistory {
  private final HistoryStore store;
  private final Duration retention;
  private final InstantSource clock;

  FlagHistory(HistoryStore store, Duration retention, InstantSource clock) {
    this.store = store;
    this.retention = retention;
    this.clock = clock;
  }

  /**
   * What a flag answered at a moment.
   *
   * @return fails with {@link RoomException} {@code unknown_flag}, {@code in_the_future}, {@code
   *     history_not_kept} or {@code store_unavailable}
   */
  Future<FlagEvaluatedAt> evaluate(EvaluateFlagAt question) {
    if (question.atMs() > clock.millis()) {
      return Future.failedFuture(
          new RoomException(
              ErrorKind.INVALID, "in_the_future", "Ask for a moment in the past.", "/at"));
    }
    return store
        .at(question.atMs())
        .map(past -> evaluated(question, past))
        .recover(StoreFailures::refusal);
  }

  /** Drops what is older than the retention; fails with the error of PostgreSQL. */
  Future<Void> expire() {
    return store.expire(retention);
  }

  private static FlagEvaluatedAt evaluated(EvaluateFlagAt question, Past past) {
    if (question.atMs() < past.beganMs()) {
      throw new RoomException(
          ErrorKind.NOT_FOUND,
          "history_not_kept",
          "What was in force then is not known; the history begins at "
              + Instant.ofEpochMilli(past.beganMs())
              + ".",
          "/at");
    }
    Period period = past.periods().get(question.key());
    if (period == null) {
      throw new RoomException(
          ErrorKind.NOT_FOUND, "unknown_flag", "There was no such flag at that moment.");
    }
    Map<String, Object> attributes =
        question.attributes() == null ? Map.of() : question.attributes();
    FlagDecision decision = past.snapshot().evaluate(question.key(), question.userId(), attributes);
    return new FlagEvaluatedAt(
        new FlagAnswer(
            decision.value(),
            decision.variant(),
            decision.reason().name(),
            past.snapshot().revision(),
            decision.rule()),
        period.definition(),
        period.source(),
        period.fromMs(),
        period.toMs() == Long.MAX_VALUE ? null : period.toMs(),
        missing(past.snapshot().facts(question.key()), attributes));
  }

  private static List<String> missing(Set<String> facts, Map<String, Object> attributes) {
    Predicate<String> stated =
        fact -> attributes.containsKey(fact) || attributes.containsKey(fact.split("\\.", 2)[0]);
    return facts.stream().filter(stated.negate()).sorted().toList();
  }
}
