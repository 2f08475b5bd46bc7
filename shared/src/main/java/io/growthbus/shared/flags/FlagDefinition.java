package io.growthbus.shared.flags;

import io.growthbus.shared.flags.Targeting.Condition;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A flag.
 *
 * @param key 1 to 128 characters from {@code [A-Za-z0-9._-]}
 * @param enabled false switches it off for everyone, targeted users included
 * @param rolloutPercentage share of those whom no rule concerns that have it, 0 to 100
 * @param targetUsers user ids that have it whatever the rollout; compared literally
 * @param surface where it may be evaluated
 * @param targeting what it says beyond that; null = nothing
 */
public record FlagDefinition(
    String key,
    boolean enabled,
    double rolloutPercentage,
    List<String> targetUsers,
    Surface surface,
    @Nullable Targeting targeting)
    implements Definition {

  /** Where a flag may be evaluated. */
  public enum Surface {
    /** In browsers too. */
    CLIENT,
    /** On the server only; its definition never leaves it, and a page does not learn its value. */
    SERVER,
    /** On the server only; its definition never leaves it, but a page may ask for its value. */
    REMOTE
  }

  public FlagDefinition {
    targetUsers = List.copyOf(targetUsers);
  }

  /** A boolean flag with a rollout over users. */
  public FlagDefinition(
      String key,
      boolean enabled,
      double rolloutPercentage,
      List<String> targetUsers,
      Surface surface) {
    this(key, enabled, rolloutPercentage, targetUsers, surface, null);
  }

  /** The same with other users and other conditions. */
  public FlagDefinition with(
      UnaryOperator<List<String>> users, UnaryOperator<Condition> conditions) {
    return new FlagDefinition(
        key,
        enabled,
        rolloutPercentage,
        users.apply(targetUsers),
        surface,
        targeting == null ? null : targeting.with(users, conditions));
  }

  /** What it says beyond a boolean and a rollout, never null. */
  public Targeting rules() {
    return targeting == null ? Targeting.SEED : targeting;
  }
}
