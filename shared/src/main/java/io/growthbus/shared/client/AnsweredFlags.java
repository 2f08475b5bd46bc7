package io.growthbus.shared.client;

import io.growthbus.shared.flags.FlagDecision;
import io.growthbus.shared.message.FlagsEvaluated;
import io.growthbus.shared.message.FlagsEvaluated.Count;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How often a client has answered each flag, until the room is told.
 *
 * <p>A flag keeps its {@link Tally}, so that counting it looks nothing up. Keys that are no flags
 * are counted too, to find mistakes: at most {@link #MOST_KEYS} at a time, because they may come
 * from outside.
 */
final class AnsweredFlags {
  /** Keys that are counted at a time: all flags that there can be, and as many mistakes. */
  static final int MOST_KEYS = 4_000;

  private static final int LONGEST_KEY = 128;

  private final Map<String, Tally> counts = new ConcurrentHashMap<>();

  /** What a flag is counted with, the same for as long as it is asked for. */
  Tally of(String key) {
    return counts.computeIfAbsent(key, first -> new Tally());
  }

  /** Counts a question for a key that is no flag. */
  FlagDecision unknown(String key, FlagDecision decision) {
    Tally known = counts.get(key);
    if (known != null) {
      known.increment();
    } else if (counts.size() < MOST_KEYS && key.length() <= LONGEST_KEY) {
      of(key).increment();
    }
    return decision;
  }

  /**
   * What was counted since the last call, if anything; it is not counted again.
   *
   * @param flags keys that are flags now; others are forgotten when nobody asks for them any more
   */
  Optional<FlagsEvaluated> take(Set<String> flags) {
    List<Count> taken = new ArrayList<>();
    counts.forEach(
        (key, tally) -> {
          long evaluations = tally.take();
          if (evaluations > 0) {
            taken.add(new Count(key, evaluations));
          } else if (!flags.contains(key)) {
            // An answer of this moment may go uncounted.
            counts.remove(key);
          }
        });
    return taken.isEmpty() ? Optional.empty() : Optional.of(new FlagsEvaluated(List.copyOf(taken)));
  }
}
