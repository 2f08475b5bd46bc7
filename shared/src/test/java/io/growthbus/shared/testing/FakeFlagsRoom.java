package io.growthbus.shared.testing;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.FlagDecision;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.message.EvaluateFlag;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagSet;
import io.growthbus.shared.message.FlagsChanged;
import io.growthbus.shared.message.ReadFlagSet;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Stands for the room flags: has what it is given, in memory, and can be away. */
public final class FakeFlagsRoom {
  private final Bus bus;
  private final Map<String, Object> facts;
  private final AtomicInteger reads = new AtomicInteger();
  private final AtomicInteger asked = new AtomicInteger();
  private volatile FlagSnapshot snapshot = FlagSnapshot.EMPTY;
  private volatile boolean isAway;
  private volatile boolean isRefusingNext;

  /**
   * @param facts what it knows of every user beyond the question
   */
  public FakeFlagsRoom(Bus bus, Map<String, Object> facts) {
    this.bus = bus;
    this.facts = Map.copyOf(facts);
    Await.result(
        Future.all(
            bus.answer(Channels.READ_FLAG_SET, question -> unlessAway(() -> read(question))),
            bus.answer(Channels.EVALUATE_FLAG, question -> unlessAway(() -> evaluate(question)))));
  }

  /** Has these definitions from now on, and tells nobody. */
  public void put(long revision, Flags flags) {
    snapshot = new FlagSnapshot(revision, flags);
  }

  /** Says that there is a revision, whether it has it or not. */
  public void announce(long revision) {
    bus.publish(Channels.FLAGS_CHANGED, new FlagsChanged(revision));
  }

  /** Has these definitions from now on, and says so. */
  public void change(long revision, Flags flags) {
    put(revision, flags);
    announce(revision);
  }

  /** Refuses every question from now on, as if no node served the room, or answers again. */
  public void setAway(boolean away) {
    isAway = away;
  }

  /** Refuses one question and answers those after it. */
  public void refuseNext() {
    isRefusingNext = true;
  }

  /** How often the definitions were asked for. */
  public int reads() {
    return reads.get();
  }

  /** How often an evaluation was asked for. */
  public int asked() {
    return asked.get();
  }

  private <T> Future<T> unlessAway(Supplier<T> answer) {
    boolean refused = isAway || isRefusingNext;
    isRefusingNext = false;
    return refused
        ? Future.failedFuture(
            new RoomException(ErrorKind.UNAVAILABLE, "room_absent", "No node serves this."))
        : Future.succeededFuture(answer.get());
  }

  private FlagSet read(ReadFlagSet question) {
    reads.incrementAndGet();
    FlagSnapshot now = snapshot;
    return now.revision() > question.after()
        ? new FlagSet(
            now.revision(), now.definitions(), now.flags().segments(), now.flags().holdouts())
        : new FlagSet(now.revision(), List.of());
  }

  private FlagAnswer evaluate(EvaluateFlag question) {
    asked.incrementAndGet();
    FlagSnapshot now = snapshot;
    Map<String, Object> known = new HashMap<>();
    if (question.attributes() != null) {
      known.putAll(question.attributes());
    }
    known.putAll(facts);
    FlagDecision decision = now.evaluate(question.key(), question.userId(), known);
    return new FlagAnswer(
        decision.value(),
        decision.variant(),
        decision.reason().name(),
        now.revision(),
        decision.rule());
  }
}
