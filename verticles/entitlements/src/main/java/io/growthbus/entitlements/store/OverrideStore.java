package io.growthbus.entitlements.store;

import io.growthbus.shared.config.EntitlementOverride;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.OverrideSubject;
import io.vertx.core.Future;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where overrides, their history, and the members of accounts are kept. */
public interface OverrideStore {
  /** The most members of an account; all of them learn of a change of its override. */
  int MOST_MEMBERS = 10_000;

  /** The most accounts whose member a user is; all of them are looked at in an answer. */
  int MOST_ACCOUNTS = 20;

  /** An override as it is stored. */
  record Stored(EntitlementOverride override, long revision, long changedAtMs) {}

  /**
   * What a change did.
   *
   * @param revision of the override, or of its end
   * @param revisions users whose caches must look again, with their revision
   */
  record Changed(long revision, boolean changed, Map<String, Long> revisions) {}

  /** Reads an override; fails with the error of PostgreSQL. */
  Future<Optional<Stored>> read(OverrideSubject subject);

  /**
   * Sets an override, or takes it away, and writes that into the history.
   *
   * @param override what it is from now on, empty to take it away
   * @param expected revision that it must have, 0 for none, null for any
   * @return after the commit; fails with {@link RoomException} {@code revision_mismatch}, {@code
   *     unknown_override}, or the error of PostgreSQL
   */
  Future<Changed> change(
      OverrideSubject subject,
      Optional<EntitlementOverride> override,
      String actor,
      @Nullable Long expected,
      long nowMs);

  /**
   * Makes a user a member of an account, or ends that.
   *
   * @return after the commit; fails with {@link RoomException} {@code too_many_members} or {@code
   *     too_many_accounts}, or the error of PostgreSQL
   */
  Future<Changed> member(String accountId, String userId, boolean member, long nowMs);

  /**
   * What an event says: a user belongs to an account.
   *
   * @param claimedAt when that was stored, by the clock of PostgreSQL
   */
  record Claim(String accountId, String userId, OffsetDateTime claimedAt) {}

  /**
   * Makes a user a member as an event says, unless that was ended after the event.
   *
   * @return as {@link #member}
   */
  Future<Changed> claim(Claim claim, long nowMs);
}
