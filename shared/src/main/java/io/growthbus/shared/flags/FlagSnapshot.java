package io.growthbus.shared.flags;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All flags of one revision, immutable, and their evaluation.
 *
 * <p>Order: unknown, disabled, targeted, rollout. A question costs a look-up and a few
 * multiplications, and allocates nothing.
 */
public final class FlagSnapshot {
  /** No flags, before the first revision. */
  public static final FlagSnapshot EMPTY = new FlagSnapshot(0, List.of());

  private record Prepared(FlagDefinition definition, Set<String> targets) {}

  private final long revision;
  private final Map<String, Prepared> byKey;
  private final List<FlagDefinition> sorted;

  /**
   * @param revision grows with each change
   * @param definitions each key once
   */
  public FlagSnapshot(long revision, Collection<FlagDefinition> definitions) {
    this.revision = revision;
    Map<String, FlagDefinition> ordered =
        new TreeMap<>(
            definitions.stream()
                .collect(Collectors.toMap(FlagDefinition::key, Function.identity())));
    this.sorted = List.copyOf(ordered.values());
    this.byKey =
        sorted.stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    FlagDefinition::key, d -> new Prepared(d, Set.copyOf(d.targetUsers()))));
  }

  public long revision() {
    return revision;
  }

  /** All definitions, sorted by key. */
  public List<FlagDefinition> definitions() {
    return sorted;
  }

  /** All keys, sorted. */
  public List<String> keys() {
    return sorted.stream().map(FlagDefinition::key).toList();
  }

  /**
   * The answer of a flag for a user.
   *
   * @param userId null when there is none; a flag that depends on it says so in its reason
   */
  public FlagDecision evaluate(String key, @Nullable String userId) {
    Prepared flag = byKey.get(key);
    if (flag == null) {
      return FlagDecision.UNKNOWN_FLAG;
    }
    FlagDefinition definition = flag.definition();
    if (!definition.enabled()) {
      return FlagDecision.DISABLED;
    }
    if (userId != null && flag.targets().contains(userId)) {
      return FlagDecision.TARGETED;
    }
    if (definition.rolloutPercentage() >= 100) {
      return FlagDecision.ON_FOR_ALL;
    }
    if (definition.rolloutPercentage() <= 0) {
      return FlagDecision.OFF_FOR_ALL;
    }
    if (userId == null) {
      return FlagDecision.NO_USER;
    }
    return SeedBucketing.bucket(userId, key) < definition.rolloutPercentage()
        ? FlagDecision.IN_ROLLOUT
        : FlagDecision.OUT_OF_ROLLOUT;
  }
}
