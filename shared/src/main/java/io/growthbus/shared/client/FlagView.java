package io.growthbus.shared.client;

import io.growthbus.shared.flags.FlagDecision;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.flags.PreparedFlag;
import io.growthbus.shared.message.FlagSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a client knows at one moment, immutable. */
final class FlagView {
  /** Nothing. */
  static final FlagView NONE = new FlagView(false, FlagSnapshot.EMPTY, new AnsweredFlags());

  private final boolean ready;
  private final FlagSnapshot snapshot;
  private final AnsweredFlags answered;
  private final Map<String, Asked> flags = new HashMap<>();

  /**
   * A flag with everything that an answer from here needs.
   *
   * @param needsFacts whether only the server can answer it
   */
  private record Asked(PreparedFlag flag, boolean needsFacts, Tally tally) {}

  private FlagView(boolean ready, FlagSnapshot snapshot, AnsweredFlags answered) {
    this.ready = ready;
    this.snapshot = snapshot;
    this.answered = answered;
    snapshot
        .prepared()
        .forEach(
            (key, flag) ->
                flags.put(key, new Asked(flag, !snapshot.facts(key).isEmpty(), answered.of(key))));
  }

  /**
   * What a room has answered.
   *
   * @param answered where answers are counted
   */
  static FlagView of(FlagSet set, AnsweredFlags answered) {
    FlagSnapshot snapshot =
        new FlagSnapshot(
            set.revision(),
            new Flags(
                set.flags(),
                Objects.requireNonNull(set.segments()),
                Objects.requireNonNull(set.holdouts())),
            Objects.requireNonNull(set.flagRevisions()));
    return new FlagView(true, snapshot, answered);
  }

  /** False when nothing was read yet. */
  boolean isReady() {
    return ready;
  }

  FlagSnapshot snapshot() {
    return snapshot;
  }

  long revision() {
    return snapshot.revision();
  }

  /** Whether only the server can answer a flag. */
  boolean needsServer(String key) {
    Asked asked = flags.get(key);
    return asked != null && asked.needsFacts();
  }

  /** The answer, as far as there is one here, counted; allocates nothing. */
  FlagDecision evaluate(String key, @Nullable String userId, Map<String, Object> attributes) {
    Asked asked = flags.get(key);
    if (asked == null) {
      return unknown(key);
    }
    asked.tally().increment();
    return asked.needsFacts()
        ? FlagDecision.NEEDS_FACTS
        : asked.flag().evaluate(userId, attributes);
  }

  private FlagDecision unknown(String key) {
    return ready ? answered.unknown(key, FlagDecision.UNKNOWN) : FlagDecision.NOT_READY;
  }
}
