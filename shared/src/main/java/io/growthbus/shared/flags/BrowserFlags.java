package io.growthbus.shared.flags;

import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.Targeting.Condition;
import io.growthbus.shared.flags.Targeting.Segment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What callers outside may know of flags, so that they can evaluate them.
 *
 * <p>A page gets the definitions of flags for pages, as far as they need nothing that it must not
 * know: facts of the server, flags that do not leave it, other users. Of users a page learns of the
 * one that asks only: what names others is reduced to whether it fits that one, which leaves each
 * answer for that user, and for nobody, as it is. All other flags whose value a page may know are
 * {@link View#remote()}.
 */
public final class BrowserFlags {
  private static final Set<Operator> NAMES_NOBODY = Set.of(Operator.EXISTS, Operator.NOT_EXISTS);

  private final Flags flags;
  private final Map<String, Segment> segments = new HashMap<>();
  private final Set<String> remoteForServers = new TreeSet<>();
  private final Set<String> remoteForUsers = new TreeSet<>();
  private final Set<String> remoteForAnyone = new TreeSet<>();

  /**
   * What a caller gets.
   *
   * @param flags the definitions that it can evaluate, sorted by key, and what they name
   * @param remote keys of the other flags whose value it may ask for, sorted
   */
  public record View(Flags flags, List<String> remote) {}

  /**
   * @param flags each key once, sorted by key
   */
  public BrowserFlags(Flags flags) {
    this.flags = flags;
    flags.segments().forEach(segment -> segments.put(segment.key(), segment));
    Map<String, FlagDefinition> byKey = new HashMap<>();
    flags.definitions().forEach(flag -> byKey.put(flag.key(), flag));
    for (FlagDefinition flag : flags.definitions()) {
      boolean looksAtFacts = !Facts.of(flag, byKey, segments).isEmpty();
      if (looksAtFacts) {
        remoteForServers.add(flag.key());
      }
      Collection<FlagDefinition> needed = Prerequisites.closure(flag, byKey);
      if (looksAtFacts || !needed.stream().allMatch(each -> each.surface() == Surface.CLIENT)) {
        remoteForUsers.add(flag.key());
      }
      if (remoteForUsers.contains(flag.key()) || needed.stream().anyMatch(this::namesUsers)) {
        remoteForAnyone.add(flag.key());
      }
    }
  }

  /** The flags that these are about. */
  public Flags flags() {
    return flags;
  }

  /** Everything, for those who hold the secret key. */
  public View whole() {
    return new View(flags, List.copyOf(remoteForServers));
  }

  /** Everything, of users this one only. */
  public View whole(String userId) {
    return new View(narrowed(flags, userId), List.copyOf(remoteForServers));
  }

  /**
   * What a page may know.
   *
   * @param userId who asks; null when that is not known, users who are targets are then left out
   *     and flags with conditions on users are remote
   */
  public View page(@Nullable String userId) {
    Set<String> apart = userId == null ? remoteForAnyone : remoteForUsers;
    List<FlagDefinition> local = new ArrayList<>();
    List<String> remote = new ArrayList<>();
    for (FlagDefinition flag : flags.definitions()) {
      if (!apart.contains(flag.key())) {
        local.add(flag);
      } else if (flag.surface() != Surface.SERVER) {
        remote.add(flag.key());
      }
    }
    return new View(narrowed(withWhatTheyName(local), userId), List.copyOf(remote));
  }

  private Flags withWhatTheyName(List<FlagDefinition> local) {
    Set<String> named = new HashSet<>();
    Set<String> held = new HashSet<>();
    for (FlagDefinition flag : local) {
      conditions(flag).map(Condition::segment).filter(Objects::nonNull).forEach(named::add);
      Optional.ofNullable(flag.rules().holdout()).ifPresent(held::add);
    }
    return new Flags(
        local,
        flags.segments().stream().filter(segment -> named.contains(segment.key())).toList(),
        flags.holdouts().stream().filter(holdout -> held.contains(holdout.key())).toList());
  }

  private static Stream<Condition> conditions(FlagDefinition flag) {
    return flag.rules().rules().stream().flatMap(rule -> rule.conditions().stream());
  }

  private static Flags narrowed(Flags flags, @Nullable String userId) {
    UnaryOperator<List<String>> users =
        named -> named.stream().filter(user -> user.equals(userId)).toList();
    UnaryOperator<Condition> conditions = condition -> narrowed(condition, userId);
    return new Flags(
        flags.definitions().stream().map(flag -> flag.with(users, conditions)).toList(),
        flags.segments().stream().map(segment -> segment.with(conditions)).toList(),
        flags.holdouts());
  }

  /** A condition on the user that names the one who asks, when it fits them, and nobody else. */
  private static Condition narrowed(Condition condition, @Nullable String userId) {
    if (!Targeting.USER_ID.equals(condition.attribute())) {
      return condition;
    }
    if (!namesUsers(condition)) {
      return new Condition(
          Targeting.USER_ID, condition.operator(), List.of(), null, condition.negated());
    }
    Condition plain =
        new Condition(condition.attribute(), condition.operator(), condition.values(), null, false);
    boolean fits = userId != null && Matcher.of(plain).fits(userId, Map.of());
    return new Condition(
        Targeting.USER_ID,
        Operator.IN,
        fits ? List.of(userId) : List.of(),
        null,
        condition.negated());
  }

  private boolean namesUsers(FlagDefinition flag) {
    return conditions(flag)
        .flatMap(
            condition -> {
              Segment segment =
                  condition.segment() == null ? null : segments.get(condition.segment());
              return segment == null ? Stream.of(condition) : segment.conditions().stream();
            })
        .anyMatch(BrowserFlags::namesUsers);
  }

  private static boolean namesUsers(Condition condition) {
    return Targeting.USER_ID.equals(condition.attribute())
        && !NAMES_NOBODY.contains(condition.operator());
  }
}
