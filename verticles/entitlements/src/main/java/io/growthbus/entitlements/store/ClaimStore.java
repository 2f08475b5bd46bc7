package io.growthbus.entitlements.store;

import io.growthbus.entitlements.store.OverrideStore.Claim;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What events say about who belongs to which account. Fails with the error of PostgreSQL. */
public interface ClaimStore {
  /**
   * One look.
   *
   * @param asOf moment of the look, by the clock of PostgreSQL
   * @param claims those that have made nobody a member yet, oldest first
   * @param hasMore whether there may be more behind the last one
   */
  record Unheeded(OffsetDateTime asOf, List<Claim> claims, boolean hasMore) {
    public Unheeded {
      claims = List.copyOf(claims);
    }
  }

  /**
   * Claims since the last look was marked.
   *
   * @param safetyWindow how far to look back behind it, longer than any transaction
   * @param after the last one of the page before, null for the first page
   */
  Future<Unheeded> unheeded(Duration safetyWindow, @Nullable Claim after);

  /** Marks that everything up to a moment was looked at. */
  Future<Void> swept(OffsetDateTime until);
}
