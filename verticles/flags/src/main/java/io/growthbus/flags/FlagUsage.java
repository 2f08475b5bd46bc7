package io.growthbus.flags;

import io.growthbus.flags.core.NeededFlags;
import io.growthbus.flags.store.UsageStore;
import io.growthbus.flags.store.UsageStore.Counted;
import io.growthbus.flags.store.UsageStore.Kind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.message.FlagReport;
import io.growthbus.shared.message.FlagReport.StaleFlag;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Which flags are asked for: stores what the node counts, and reports what nobody asks for. */
final class FlagUsage {
  private static final int STALE_AFTER_DAYS = 30;

  private final UsageStore store;
  private final EvaluationCounts counts;
  private final Predicate<String> keptOut;
  private Future<Void> storing = Future.succeededFuture();

  /**
   * @param keptOut whether a text is a user who was erased; such a key is not stored
   */
  FlagUsage(UsageStore store, EvaluationCounts counts, Predicate<String> keptOut) {
    this.store = store;
    this.counts = counts;
    this.keptOut = keptOut;
  }

  /**
   * Stores what was counted since the last call; once at a time.
   *
   * @return fails with the error of PostgreSQL, and it is counted on
   */
  Future<Void> flush() {
    if (storing.isComplete()) {
      List<Counted> taken =
          counts.take().stream()
              .filter(c -> c.kind() != Kind.UNKNOWN || !keptOut.test(c.key()))
              .toList();
      storing =
          taken.isEmpty()
              ? Future.succeededFuture()
              : store.add(taken).onFailure(e -> counts.giveBack(taken));
    }
    return storing;
  }

  /**
   * The report, what this node has counted until now included.
   *
   * @param flags the definitions as they are now
   * @return fails with {@link RoomException} {@code store_unavailable}
   */
  Future<FlagReport> report(List<FlagDefinition> flags) {
    return flush()
        .compose(stored -> store.report(STALE_AFTER_DAYS))
        .map(report -> withoutNeeded(report, flags))
        .recover(StoreFailures::refusal);
  }

  private static FlagReport withoutNeeded(FlagReport report, List<FlagDefinition> flags) {
    Set<String> unused =
        report.stale().stream().map(StaleFlag::key).collect(Collectors.toUnmodifiableSet());
    Set<String> needed = NeededFlags.of(flags, unused);
    return new FlagReport(
        report.revision(),
        report.unusedSinceDays(),
        report.countedSinceMs(),
        report.fetchedAtMs(),
        report.stale().stream().filter(flag -> !needed.contains(flag.key())).toList(),
        report.unknown());
  }
}
