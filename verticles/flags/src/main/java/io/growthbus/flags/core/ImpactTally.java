package io.growthbus.flags.core;

import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagImpact.Change;
import io.growthbus.shared.message.FlagImpact.Outcome;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts users by what a change of a flag would do to their answers. Not thread-safe. */
public final class ImpactTally {
  private record Step(Outcome from, Outcome to) {}

  private static final Comparator<Outcome> BY_NAME =
      Comparator.comparing((Outcome outcome) -> String.valueOf(outcome.variant()))
          .thenComparing(Outcome::reason);

  private final Map<Step, Integer> steps =
      new TreeMap<>(Comparator.comparing(Step::from, BY_NAME).thenComparing(Step::to, BY_NAME));
  private int changed;
  private int unknown;

  /** A user gets this answer now and would get that one. */
  public void add(FlagAnswer now, FlagAnswer then) {
    Outcome from = new Outcome(now.variant(), now.reason());
    Outcome to = new Outcome(then.variant(), then.reason());
    boolean same =
        String.valueOf(now.variant()).equals(String.valueOf(then.variant()))
            && now.value().equals(then.value());
    if (!same) {
      changed++;
      steps.merge(new Step(from, to), 1, Integer::sum);
    }
  }

  /** Of a user it cannot be said. */
  public void addUnknown() {
    unknown++;
  }

  /** How many users would get another answer. */
  public int changed() {
    return changed;
  }

  /** Of how many users it cannot be said. */
  public int unknown() {
    return unknown;
  }

  /** What would change for how many, the most frequent first. */
  public List<Change> changes() {
    return steps.entrySet().stream()
        .map(step -> new Change(step.getKey().from(), step.getKey().to(), step.getValue()))
        .sorted(Comparator.comparingInt(Change::users).reversed())
        .toList();
  }
}
