package io.growthbus.shared.flags;

import java.util.List;

/**
 * A boolean flag.
 *
 * @param key 1 to 128 characters from {@code [A-Za-z0-9._-]}
 * @param enabled false switches it off for everyone, targeted users included
 * @param rolloutPercentage share of users that have it, 0 to 100
 * @param targetUsers user ids that have it whatever the rollout; compared literally
 * @param surface where it may be evaluated
 */
public record FlagDefinition(
    String key,
    boolean enabled,
    double rolloutPercentage,
    List<String> targetUsers,
    Surface surface) {

  /** Where a flag may be evaluated. */
  public enum Surface {
    /** In browsers too. */
    CLIENT,
    /** On the server only; its definition never leaves it. */
    SERVER
  }

  public FlagDefinition {
    targetUsers = List.copyOf(targetUsers);
  }
}
