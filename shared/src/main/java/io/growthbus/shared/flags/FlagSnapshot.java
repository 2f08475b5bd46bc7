package io.growthbus.shared.flags;

import io.growthbus.shared.flags.FlagDecision.Reason;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.Targeting.Holdout;
import io.growthbus.shared.flags.Targeting.Segment;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** All flags of one revision, immutable, and their evaluation, which allocates nothing. */
public final class FlagSnapshot {
  /** No flags, before the first revision. */
  public static final FlagSnapshot EMPTY = new FlagSnapshot(0, List.of());

  private final long revision;
  private final Flags flags;
  private final Map<String, PreparedFlag> byKey;
  private final Map<String, Set<String>> facts;
  private final Map<String, Long> flagRevisions;

  /**
   * @param revision grows with each change
   * @param definitions each key once
   */
  public FlagSnapshot(long revision, Collection<FlagDefinition> definitions) {
    this(revision, Flags.of(List.copyOf(definitions)));
  }

  /**
   * @param revision grows with each change
   * @param flags membership in a segment that is not there never fits, and a holdout that is not
   *     there holds nobody out
   */
  public FlagSnapshot(long revision, Flags flags) {
    this(revision, flags, Map.of());
  }

  /**
   * @param flagRevisions revision since which a flag's own definition is as it is, by key; one that
   *     is not named here counts as changed with this revision
   */
  public FlagSnapshot(long revision, Flags flags, Map<String, Long> flagRevisions) {
    this.revision = revision;
    Map<String, FlagDefinition> ordered =
        new TreeMap<>(byKey(flags.definitions(), FlagDefinition::key));
    this.flags = new Flags(List.copyOf(ordered.values()), flags.segments(), flags.holdouts());
    Map<String, Segment> segments = byKey(flags.segments(), Segment::key);
    Map<String, Holdout> holdouts = byKey(flags.holdouts(), Holdout::key);
    Map<String, PreparedFlag> prepared = new HashMap<>();
    // Interned, so that a key that is written in code is found without comparing its characters.
    ordered.forEach(
        (key, flag) -> prepared.put(key.intern(), new PreparedFlag(flag, segments, holdouts)));
    Set<String> cyclic = Prerequisites.cyclic(ordered);
    prepared.forEach(
        (key, flag) ->
            flag.link(
                prepared,
                cyclic.contains(key),
                Prerequisites.meetsAgain(flag.definition(), ordered)));
    // Never changed from here on; looked up faster than an immutable copy of it.
    this.byKey = prepared;
    Map<String, Set<String>> looksAt = new HashMap<>();
    ordered.forEach((key, flag) -> looksAt.put(key, Set.copyOf(Facts.of(flag, ordered, segments))));
    this.facts = Map.copyOf(looksAt);
    Map<String, Long> since = new HashMap<>();
    ordered.keySet().forEach(key -> since.put(key, flagRevisions.getOrDefault(key, revision)));
    this.flagRevisions = Map.copyOf(since);
  }

  private static <T> Map<String, T> byKey(Collection<T> values, Function<T, String> key) {
    return values.stream().collect(Collectors.toMap(key, Function.identity()));
  }

  public long revision() {
    return revision;
  }

  /** All definitions, sorted by key. */
  public List<FlagDefinition> definitions() {
    return flags.definitions();
  }

  /** The definitions, sorted by key, and what they share. */
  public Flags flags() {
    return flags;
  }

  /** All keys, sorted. */
  public List<String> keys() {
    return definitions().stream().map(FlagDefinition::key).toList();
  }

  /** All flags, ready to be asked, by key; for whoever keeps something of its own with each. */
  public Map<String, PreparedFlag> prepared() {
    return Collections.unmodifiableMap(byKey);
  }

  /** Where a flag may be evaluated; empty when there is no such flag. */
  public Optional<Surface> surface(String key) {
    return Optional.ofNullable(byKey.get(key)).map(flag -> flag.definition().surface());
  }

  /**
   * The {@link Facts} that a flag looks at, itself or over segments and prerequisites; a flag with
   * any is evaluated where they are known. Empty when there is no such flag.
   */
  public Set<String> facts(String key) {
    return facts.getOrDefault(key, Set.of());
  }

  /** Revision since which a flag's own definition is as it is; 0 when there is no such flag. */
  public long flagRevision(String key) {
    return flagRevisions.getOrDefault(key, 0L);
  }

  /** Of every flag, by key. */
  public Map<String, Long> flagRevisions() {
    return flagRevisions;
  }

  /** The answer where the {@link Facts} that decide could not be read: the flag is off. */
  public FlagDecision factsUnavailable(String key) {
    PreparedFlag flag = byKey.get(key);
    return flag == null ? FlagDecision.UNKNOWN : flag.factsUnavailable();
  }

  /** An answer as a page may know it: a flag of which pages learn nothing is not named in it. */
  public FlagDecision forPage(FlagDecision decision) {
    boolean names =
        decision.reason() == Reason.PREREQUISITE_FAILED
            && decision.rule() != null
            && surface(decision.rule()).filter(Surface.SERVER::equals).isPresent();
    return names
        ? new FlagDecision(decision.value(), decision.variant(), decision.reason(), null)
        : decision;
  }

  /**
   * The answer of a flag for a user.
   *
   * @param userId null when there is none; a flag that depends on it says so in its reason
   */
  public FlagDecision evaluate(String key, @Nullable String userId) {
    return evaluate(key, userId, Map.of());
  }

  /**
   * The answer of a flag for a user about whom something is known.
   *
   * @param userId null when there is none; a flag that depends on it says so in its reason
   * @param attributes facts as JSON has them: texts, numbers, booleans, lists, objects
   */
  public FlagDecision evaluate(
      String key, @Nullable String userId, Map<String, Object> attributes) {
    PreparedFlag flag = byKey.get(key);
    return flag == null ? FlagDecision.UNKNOWN : flag.evaluate(userId, attributes);
  }
}
