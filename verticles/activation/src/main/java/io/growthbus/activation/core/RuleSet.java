package io.growthbus.activation.core;

import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Rules, each with where it came from, and what orders make of them; immutable. */
public final class RuleSet {
  /** How many rules there may be. */
  public static final int MOST = 200;

  private final NavigableMap<String, Stored> byKey;

  private RuleSet(NavigableMap<String, Stored> byKey) {
    this.byKey = byKey;
  }

  /** Where a rule came from. */
  public enum Source {
    /** {@code growth.json}; it changes with the file. */
    FILE,
    /** An operator; the file does not touch it. */
    API
  }

  /** A rule and where it came from. */
  public record Stored(Rule rule, Source source) {}

  /** A rule that differs; null for none. */
  public record Change(String key, @Nullable Stored before, @Nullable Stored after) {
    /** Whether anybody may be treated otherwise by it, and not only another one owns it. */
    public boolean isMeant() {
      return before == null || after == null || !before.rule().equals(after.rule());
    }
  }

  /** These rules; of those with one key the last. */
  public static RuleSet of(Collection<Stored> stored) {
    NavigableMap<String, Stored> byKey = new TreeMap<>();
    stored.forEach(each -> byKey.put(each.rule().key(), each));
    return new RuleSet(byKey);
  }

  /** The rules of {@code growth.json} alone. */
  public static RuleSet ofFile(Collection<Rule> file) {
    return of(file.stream().map(rule -> new Stored(rule, Source.FILE)).toList());
  }

  /** What they say, by key. */
  public List<Rule> rules() {
    return byKey.values().stream().map(Stored::rule).toList();
  }

  /** One of them, if it is there. */
  public Optional<Stored> get(String key) {
    return Optional.ofNullable(byKey.get(key));
  }

  /**
   * These with a rule of an operator.
   *
   * @throws RoomException {@code too_many_rules}
   */
  public RuleSet put(Rule rule) {
    if (!byKey.containsKey(rule.key()) && byKey.size() >= MOST) {
      throw new RoomException(
          ErrorKind.CONFLICT,
          "too_many_rules",
          "There may be " + MOST + " rules; remove one first.");
    }
    return with(new Stored(rule, Source.API));
  }

  /**
   * These without a rule of an operator; that of the file takes its place.
   *
   * @throws RoomException {@code unknown_rule}, {@code rule_in_file}
   */
  public RuleSet delete(String key, Collection<Rule> file) {
    Stored found = get(key).orElseThrow(RuleSet::unknown);
    if (found.source() == Source.FILE) {
      throw new RoomException(
          ErrorKind.CONFLICT, "rule_in_file", "This rule stands in growth.json; remove it there.");
    }
    Optional<Stored> instead = ofFile(file).get(key);
    if (instead.isPresent()) {
      return with(instead.get());
    }
    NavigableMap<String, Stored> fewer = new TreeMap<>(byKey);
    fewer.remove(key);
    return new RuleSet(fewer);
  }

  /** What they are when they follow the file; what an operator has defined stays. */
  public RuleSet following(Collection<Rule> file) {
    NavigableMap<String, Stored> followed = new TreeMap<>(ofFile(file).byKey);
    byKey.forEach(
        (key, stored) -> {
          if (stored.source() == Source.API) {
            followed.put(key, stored);
          }
        });
    return new RuleSet(followed);
  }

  /** These, none of which names a user that fits. */
  public RuleSet withoutUsers(Predicate<String> fits) {
    return of(
        byKey.values().stream()
            .map(stored -> new Stored(stored.rule().withoutUsers(fits), stored.source()))
            .toList());
  }

  /** What differs afterwards, by key. */
  public List<Change> changesTo(RuleSet after) {
    NavigableSet<String> keys = new TreeSet<>(byKey.keySet());
    keys.addAll(after.byKey.keySet());
    List<Change> changes = new ArrayList<>();
    for (String key : keys) {
      Stored now = byKey.get(key);
      Stored then = after.byKey.get(key);
      if (now == null || !now.equals(then)) {
        changes.add(new Change(key, now, then));
      }
    }
    return List.copyOf(changes);
  }

  /** There is no such rule. */
  public static RoomException unknown() {
    return new RoomException(
        ErrorKind.NOT_FOUND, "unknown_rule", "There is no rule with this key.");
  }

  private RuleSet with(Stored more) {
    NavigableMap<String, Stored> changed = new TreeMap<>(byKey);
    changed.put(more.rule().key(), more);
    return new RuleSet(changed);
  }
}
