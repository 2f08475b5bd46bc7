package io.growthbus.ingest.store;

import io.growthbus.ingest.core.ConsentStatement;
import io.growthbus.shared.message.UserConsent;
import io.growthbus.shared.message.UserConsent.Said;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What users have said about consent, in PostgreSQL. */
public final class PgConsentStore {
  private static final String NOTE =
      """
      INSERT INTO ingest.consent AS c (user_id, purpose, state, stated_at)
      SELECT user_id, purpose, state, to_timestamp(stated_ms / 1000::float8)
      FROM unnest($1::text[], $2::text[], $3::text[], $4::int8[]) AS i(user_id, purpose, state, stated_ms)
      ORDER BY user_id, purpose
      ON CONFLICT (user_id, purpose) DO UPDATE SET state = EXCLUDED.state, stated_at = EXCLUDED.stated_at
      WHERE c.stated_at <= EXCLUDED.stated_at AND c.state <> EXCLUDED.state
      """;

  private static final String READ =
      "SELECT purpose, state FROM ingest.consent WHERE user_id = $1 ORDER BY purpose";

  private final Pool pool;

  public PgConsentStore(Pool pool) {
    this.pool = pool;
  }

  /**
   * A statement.
   *
   * @param statedAtMs time of the event with which it was said, ms since the epoch
   */
  public record Stated(
      String userId, String purpose, ConsentStatement.State state, long statedAtMs) {}

  /**
   * Notes statements; a later one about the same wins, whatever the order in which they come.
   *
   * @return fails with the error of PostgreSQL
   */
  public Future<Void> note(Collection<Stated> statements) {
    Map<List<String>, Stated> latest = new HashMap<>();
    statements.forEach(
        one ->
            latest.merge(
                List.of(one.userId(), one.purpose()),
                one,
                (a, b) -> Comparator.comparingLong(Stated::statedAtMs).compare(a, b) > 0 ? a : b));
    List<Stated> all = List.copyOf(latest.values());
    return pool.preparedQuery(NOTE)
        .execute(
            Tuple.tuple()
                .addArrayOfString(all.stream().map(Stated::userId).toArray(String[]::new))
                .addArrayOfString(all.stream().map(Stated::purpose).toArray(String[]::new))
                .addArrayOfString(
                    all.stream()
                        .map(one -> one.state().name().toLowerCase(Locale.ROOT))
                        .toArray(String[]::new))
                .addArrayOfLong(all.stream().map(Stated::statedAtMs).toArray(Long[]::new)))
        .mapEmpty();
  }

  /** What a user has said; fails with the error of PostgreSQL. */
  public Future<UserConsent> read(String userId) {
    return pool.preparedQuery(READ)
        .execute(Tuple.of(userId))
        .map(
            rows -> {
              Map<String, Said> purposes = new TreeMap<>();
              for (Row row : rows) {
                purposes.put(
                    row.getString("purpose"),
                    Said.valueOf(row.getString("state").toUpperCase(Locale.ROOT)));
              }
              return new UserConsent(purposes);
            });
  }
}
