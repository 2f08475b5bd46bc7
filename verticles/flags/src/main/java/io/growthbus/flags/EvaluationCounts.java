package io.growthbus.flags;

import io.growthbus.flags.store.UsageStore.Counted;
import io.growthbus.flags.store.UsageStore.Kind;
import io.growthbus.shared.flags.FlagDecision.Reason;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagsEvaluated;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the node was asked, in memory until it is stored: evaluations of each flag, and of keys that
 * are no flags.
 *
 * <p>Counting an evaluation takes two look-ups and two increments and allocates nothing after the
 * first of its key. There is no clock: what was counted since the last {@link #take} was asked for
 * since then. Unknown keys come from outside; at most {@link #MOST_UNKNOWN} of them are counted at
 * a time, and only those that could be flags.
 */
final class EvaluationCounts {
  /** Unknown keys that are counted at a time. */
  static final int MOST_UNKNOWN = 1_000;

  /** Keys that a service may tell of at a time. */
  private static final int MOST_TOLD = 10_000;

  private static final int LONGEST_KEY = 128;

  private final Map<String, LongAdder> byReason =
      Arrays.stream(Reason.values())
          .map(Reason::name)
          .collect(Collectors.toUnmodifiableMap(Function.identity(), name -> new LongAdder()));
  private final Map<String, Count> flags = new ConcurrentHashMap<>();
  private final Map<String, Count> unknown = new ConcurrentHashMap<>();
  private final LongAdder fetches = new LongAdder();

  /** How often a key was asked for. */
  private static final class Count {
    final LongAdder byClient = new LongAdder();
    final LongAdder byServer = new LongAdder();
  }

  /**
   * Counts an evaluation.
   *
   * @param client whether a browser may have asked
   * @return the answer
   */
  FlagAnswer evaluated(String key, FlagAnswer answer, boolean client) {
    LongAdder reason = byReason.get(answer.reason());
    if (reason != null) {
      reason.increment();
    }
    Count count = answer.reason().equals("FLAG_NOT_FOUND") ? unknown(key) : flag(key);
    if (count != null) {
      (client ? count.byClient : count.byServer).increment();
    }
    return answer;
  }

  /**
   * Counts what a service has answered itself.
   *
   * @param isFlag whether a key is one of a flag
   */
  void elsewhere(FlagsEvaluated told, Predicate<String> isFlag) {
    told.counts().stream()
        .limit(MOST_TOLD)
        .filter(each -> each.evaluations() > 0)
        .forEach(
            each -> {
              Count count = isFlag.test(each.key()) ? flag(each.key()) : unknown(each.key());
              if (count != null) {
                count.byServer.add(each.evaluations());
              }
            });
  }

  /** Counts that definitions were given away for evaluation elsewhere. */
  void fetched() {
    fetches.increment();
  }

  /** Evaluations with a reason since the start. */
  long evaluations(Reason reason) {
    LongAdder count = byReason.get(reason.name());
    return count == null ? 0 : count.sum();
  }

  private Count flag(String key) {
    Count known = flags.get(key);
    return known == null ? flags.computeIfAbsent(key, first -> new Count()) : known;
  }

  private @Nullable Count unknown(String key) {
    Count known = unknown.get(key);
    if (known != null || unknown.size() >= MOST_UNKNOWN || !isKey(key)) {
      return known;
    }
    return unknown.computeIfAbsent(key, other -> new Count());
  }

  private static boolean isKey(String key) {
    if (key.isEmpty() || key.length() > LONGEST_KEY) {
      return false;
    }
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      boolean alphanumeric =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!alphanumeric && c != '.' && c != '_' && c != '-') {
        return false;
      }
    }
    return true;
  }

  /** What was counted since the last call; it is not counted again. */
  List<Counted> take() {
    List<Counted> taken = new ArrayList<>();
    flags.forEach((key, count) -> take(Kind.FLAG, key, count, taken));
    unknown.forEach((key, count) -> take(Kind.UNKNOWN, key, count, taken));
    unknown.clear();
    long definitions = fetches.sumThenReset();
    if (definitions > 0) {
      taken.add(new Counted(Kind.FETCH, "", definitions, true, false));
    }
    return taken;
  }

  private static void take(Kind kind, String key, Count count, List<Counted> taken) {
    long client = count.byClient.sumThenReset();
    long server = count.byServer.sumThenReset();
    if (client + server > 0) {
      taken.add(new Counted(kind, key, client + server, client > 0, server > 0));
    }
  }

  /** Counts again what was taken and could not be stored. */
  void giveBack(List<Counted> taken) {
    for (Counted counted : taken) {
      switch (counted.kind()) {
        case FETCH -> fetches.add(counted.evaluations());
        case FLAG -> giveBack(flag(counted.key()), counted);
        case UNKNOWN -> {
          Count count = unknown(counted.key());
          if (count != null) {
            giveBack(count, counted);
          }
        }
      }
    }
  }

  private static void giveBack(Count count, Counted counted) {
    long one = counted.byClient() && counted.byServer() ? 1 : 0;
    if (counted.byClient()) {
      count.byClient.add(counted.evaluations() - one);
      count.byServer.add(one);
    } else {
      count.byServer.add(counted.evaluations());
    }
  }
}
