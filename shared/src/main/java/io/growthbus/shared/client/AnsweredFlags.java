package io.growthbus.shared.client;

import io.growthbus.shared.flags.FlagDecision;
import io.growthbus.shared.flags.FlagDecision.Reason;
import io.growthbus.shared.message.FlagsEvaluated;
import io.growthbus.shared.message.FlagsEvaluated.Count;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * How often a client has answered each flag, until the room is told.
 *
 * <p>Counting takes a look-up and an increment and allocates nothing after the first of its key. At
 * most {@link #MOST_KEYS} keys are counted at a time: keys that are no flags may come from outside.
 */
final class AnsweredFlags {
  /** Keys that are counted at a time: all flags that there can be, and as many mistakes. */
  static final int MOST_KEYS = 4_000;

  private static final int LONGEST_KEY = 128;

  private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

  /** Counts an answer, unless nobody knew anything yet; gives it back. */
  FlagDecision count(String key, FlagDecision decision) {
    if (decision.reason() != Reason.NOT_READY) {
      LongAdder known = counts.get(key);
      if (known != null) {
        known.increment();
      } else if (counts.size() < MOST_KEYS && key.length() <= LONGEST_KEY) {
        counts.computeIfAbsent(key, first -> new LongAdder()).increment();
      }
    }
    return decision;
  }

  /** What was counted since the last call, if anything; it is not counted again. */
  Optional<FlagsEvaluated> take() {
    List<Count> taken = new ArrayList<>();
    counts.forEach(
        (key, count) -> {
          long evaluations = count.sumThenReset();
          if (evaluations > 0) {
            taken.add(new Count(key, evaluations));
          } else {
            // Nobody asks for it any more; an answer of this moment may go uncounted.
            counts.remove(key);
          }
        });
    return taken.isEmpty() ? Optional.empty() : Optional.of(new FlagsEvaluated(List.copyOf(taken)));
  }
}
