package io.growthbus.ingest.core;

import java.util.Set;

/**
 * Decides which events say that their user belongs to an account: {@code $group} and {@code
 * $identify} that name both.
 *
 * <p>A user may belong to several accounts, so an event with another account takes nothing back
 * (Segment's meaning of a group).
 */
public final class MemberRules {
  private static final Set<String> NAMES = Set.of("$group", IdentityRules.IDENTIFY);

  private MemberRules() {}

  /** Whether an event says so; whether it is believed is another matter. */
  public static boolean names(TelemetryEvent event) {
    return event.userId() != null && event.accountId() != null && NAMES.contains(event.name());
  }
}
