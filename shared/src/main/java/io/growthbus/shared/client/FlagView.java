package io.growthbus.shared.client;

import io.growthbus.shared.flags.FlagDecision;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.message.FlagSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a client knows at one moment, immutable.
 *
 * @param isReady false when nothing was read yet
 * @param needFacts keys of the flags that only the server can answer
 */
record FlagView(boolean isReady, FlagSnapshot snapshot, Set<String> needFacts) {
  /** Nothing. */
  static final FlagView NONE = new FlagView(false, FlagSnapshot.EMPTY, Set.of());

  /** What a room has answered. */
  static FlagView of(FlagSet set) {
    FlagSnapshot snapshot =
        new FlagSnapshot(
            set.revision(),
            new Flags(
                set.flags(),
                Objects.requireNonNull(set.segments()),
                Objects.requireNonNull(set.holdouts())),
            Objects.requireNonNull(set.flagRevisions()));
    return new FlagView(
        true,
        snapshot,
        snapshot.keys().stream()
            .filter(key -> !snapshot.facts(key).isEmpty())
            .collect(Collectors.toUnmodifiableSet()));
  }

  long revision() {
    return snapshot.revision();
  }

  /** The answer, as far as there is one here; allocates nothing. */
  FlagDecision evaluate(String key, @Nullable String userId, Map<String, Object> attributes) {
    if (!isReady) {
      return FlagDecision.NOT_READY;
    }
    return !needFacts.isEmpty() && needFacts.contains(key)
        ? FlagDecision.NEEDS_FACTS
        : snapshot.evaluate(key, userId, attributes);
  }
}
