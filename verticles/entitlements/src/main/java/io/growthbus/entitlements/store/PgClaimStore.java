package io.growthbus.entitlements.store;

import io.growthbus.entitlements.store.OverrideStore.Claim;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Claims as ingest publishes them, and how far they were looked at. */
public final class PgClaimStore implements ClaimStore {
  private static final int PAGE = 500;

  // One row at least, so that the moment of the look comes back.
  private static final String UNHEEDED =
      """
      SELECT now() AS as_of, c.account_id, c.user_id, c.claimed_at
      FROM (SELECT 1) AS one
      LEFT JOIN (
        SELECT k.account_id, k.user_id, k.claimed_at FROM growth.account_claim k
        WHERE k.claimed_at >= (SELECT swept_until FROM entitlements.claim_cursor) - $1::int8 * interval '1 millisecond'
          AND ($2::timestamptz IS NULL OR (k.claimed_at, k.account_id, k.user_id) > ($2, $3, $4))
          AND NOT EXISTS (
            SELECT FROM entitlements.account_member m WHERE m.account_id = k.account_id AND m.user_id = k.user_id)
          AND NOT EXISTS (
            SELECT FROM entitlements.account_member_past p
            WHERE p.user_id = k.user_id AND p.account_id = k.account_id AND p.ended_at > k.claimed_at)
        ORDER BY k.claimed_at, k.account_id, k.user_id LIMIT $5
      ) AS c ON true
      ORDER BY c.claimed_at, c.account_id, c.user_id
      """;

  private static final String SWEPT =
      "UPDATE entitlements.claim_cursor SET swept_until = $1 WHERE swept_until < $1";

  private final Pool pool;

  public PgClaimStore(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Future<Unheeded> unheeded(Duration safetyWindow, @Nullable Claim after) {
    return pool.preparedQuery(UNHEEDED)
        .execute(
            Tuple.tuple()
                .addLong(safetyWindow.toMillis())
                .addOffsetDateTime(after == null ? null : after.claimedAt())
                .addString(after == null ? null : after.accountId())
                .addString(after == null ? null : after.userId())
                .addInteger(PAGE))
        .map(PgClaimStore::unheeded);
  }

  private static Unheeded unheeded(RowSet<Row> rows) {
    List<Claim> claims = new ArrayList<>();
    OffsetDateTime asOf = OffsetDateTime.MIN;
    for (Row row : rows) {
      asOf = row.getOffsetDateTime("as_of");
      if (row.getString("user_id") != null) {
        claims.add(
            new Claim(
                row.getString("account_id"),
                row.getString("user_id"),
                row.getOffsetDateTime("claimed_at")));
      }
    }
    return new Unheeded(asOf, claims, claims.size() == PAGE);
  }

  @Override
  public Future<Void> swept(OffsetDateTime until) {
    return pool.preparedQuery(SWEPT).execute(Tuple.of(until)).mapEmpty();
  }
}
