package io.growthbus.activation.core;

import io.growthbus.shared.config.PromptCaps;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which of the prompts that a person may be shown are shown now. The one of the highest priority
 * comes first, of equal ones the elder. What a cap keeps back waits until there is room, unless it
 * expires before; only a rule whose own cap is used up gets no more.
 */
public final class Budget {
  private static final long DAY_MS = Duration.ofDays(1).toMillis();
  private static final Comparator<Candidate> FIRST =
      Comparator.comparingInt(Candidate::priority)
          .reversed()
          .thenComparingLong(Candidate::createdAtMs)
          .thenComparing(Candidate::promptId);

  private Budget() {}

  /** A prompt that was announced, which is what counts. */
  public record Granted(String rule, int epoch, long atMs) {}

  /** A prompt that may be shown. */
  public record Candidate(UUID promptId, String rule, int epoch, int priority, long createdAtMs) {}

  /**
   * What becomes of a candidate.
   *
   * @param suppression why it is not shown; null: it is
   * @param untilMs when there may be room, for one that waits
   */
  public record Decision(UUID promptId, @Nullable Suppression suppression, long untilMs) {}

  /**
   * Decides.
   *
   * @param past what was granted before
   * @return one decision for each candidate, the first one first
   */
  public static List<Decision> decide(
      Collection<Candidate> candidates, Collection<Granted> past, PromptCaps caps, long nowMs) {
    List<Granted> granted = new ArrayList<>(past);
    List<Decision> decisions = new ArrayList<>();
    boolean anyNow = false;
    for (Candidate candidate : candidates.stream().sorted(FIRST).toList()) {
      Decision decision = decide(candidate, granted, anyNow, caps, nowMs);
      decisions.add(decision);
      if (decision.suppression() == null) {
        anyNow = true;
        granted.add(new Granted(candidate.rule(), candidate.epoch(), nowMs));
      }
    }
    return List.copyOf(decisions);
  }

  private static Decision decide(
      Candidate candidate, List<Granted> granted, boolean anyNow, PromptCaps caps, long nowMs) {
    Integer perPrompt = caps.perPrompt();
    if (perPrompt != null && ofRule(candidate, granted) >= perPrompt) {
      return new Decision(candidate.promptId(), Suppression.CAP_PROMPT, 0);
    }
    long day = roomInDay(granted, caps, nowMs);
    long distance = roomByDistance(granted, caps);
    if (Math.max(day, distance) <= nowMs) {
      return new Decision(candidate.promptId(), null, 0);
    }
    Suppression cap = day > nowMs ? Suppression.CAP_DAY : Suppression.CAP_DISTANCE;
    return new Decision(
        candidate.promptId(), anyNow ? Suppression.LOWER_PRIORITY : cap, Math.max(day, distance));
  }

  private static long ofRule(Candidate candidate, List<Granted> granted) {
    return granted.stream()
        .filter(one -> one.rule().equals(candidate.rule()) && one.epoch() == candidate.epoch())
        .count();
  }

  /** When fewer than the cap were granted within a day. */
  private static long roomInDay(List<Granted> granted, PromptCaps caps, long nowMs) {
    Integer perDay = caps.perDay();
    if (perDay == null || granted.size() < perDay) {
      return nowMs;
    }
    return granted.stream()
            .map(Granted::atMs)
            .sorted(Comparator.reverseOrder())
            .toList()
            .get(perDay - 1)
        + DAY_MS;
  }

  private static long roomByDistance(List<Granted> granted, PromptCaps caps) {
    long last = granted.stream().mapToLong(Granted::atMs).max().orElse(Long.MIN_VALUE / 2);
    return caps.minDistance().isZero() ? Long.MIN_VALUE : last + caps.minDistance().toMillis();
  }
}
