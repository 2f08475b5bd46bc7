package io.growthbus.activation.store;

import io.growthbus.activation.store.PromptStore.PromptOfUser;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.StreamSupport;

/** Conversions in PostgreSQL. */
public final class PgConversionStore implements ConversionStore {
  private static final String TOUCHED =
      "activation.touched_at(p.state, p.suppression, p.shown_at, p.handled_at)";

  private static final String WAITING =
      """
      SELECT EXISTS (
        SELECT FROM activation.prompt p
        WHERE p.user_id = $1 AND p.converted_at IS NULL
          AND %s > now() - $2::int8 * interval '1 millisecond')
      """
          .formatted(TOUCHED);

  // From the few subscriptions that billing has spoken of lately to the prompts of their users.
  private static final String MISSED =
      """
      SELECT DISTINCT e.user_id
      FROM growth.entitlement e JOIN activation.prompt p ON p.user_id = e.user_id
      WHERE e.status IN ('active', 'past_due') AND e.last_event_at > now() - $1::int8 * interval '1 millisecond'
        AND p.converted_at IS NULL AND %1$s > now() - $1::int8 * interval '1 millisecond'
        AND %1$s <= e.last_event_at
        AND NOT EXISTS (
          SELECT FROM activation.prompt c WHERE c.user_id = p.user_id AND c.converted_at >= %1$s)
      LIMIT $2
      """
          .formatted(TOUCHED);

  private static final String NOTE_TIER =
      "UPDATE activation.prompt SET tier_then = $2 WHERE prompt_id = $1 AND tier_then IS NULL";

  // All prompts of the user are locked first: who waits for that reads them as the other has left
  // them, so that one payment is noted for one prompt.
  private static final String CONVERT =
      """
      WITH own AS MATERIALIZED (
        SELECT p.prompt_id, p.state, p.tier_then, p.converted_at, %s AS touched_at
        FROM activation.prompt p WHERE p.user_id = $1 ORDER BY p.prompt_id FOR UPDATE
      ), last AS (
        SELECT * FROM own
        WHERE touched_at > clock_timestamp() - $2::int8 * interval '1 millisecond'
          AND coalesce(tier_then, $4) = ANY ($3::text[])
          AND NOT EXISTS (SELECT FROM own paid WHERE paid.converted_at >= own.touched_at)
        ORDER BY touched_at DESC, prompt_id LIMIT 1
      )
      UPDATE activation.prompt p
      SET converted_at = clock_timestamp(), next_push_at = NULL,
          state = CASE WHEN p.state IN ('shown', 'clicked', 'retracted') THEN 'converted' ELSE p.state END
      FROM last WHERE p.prompt_id = last.prompt_id
      RETURNING p.prompt_id, last.state = 'shown' AS was_open
      """
          .formatted(TOUCHED);

  private final Pool pool;

  public PgConversionStore(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Future<Boolean> isWaiting(String userId, Duration window) {
    return pool.preparedQuery(WAITING)
        .execute(Tuple.of(userId, window.toMillis()))
        .map(rows -> rows.iterator().next().getBoolean(0));
  }

  @Override
  public Future<List<String>> missed(Duration window, int most) {
    return pool.preparedQuery(MISSED)
        .execute(Tuple.of(window.toMillis(), most))
        .map(
            rows ->
                StreamSupport.stream(rows.spliterator(), false)
                    .map(row -> row.getString(0))
                    .toList());
  }

  @Override
  public Future<Void> noteTier(UUID promptId, String tier) {
    return pool.preparedQuery(NOTE_TIER).execute(Tuple.of(promptId, tier)).mapEmpty();
  }

  @Override
  public Future<Optional<Converted>> convert(
      String userId, Duration window, List<String> from, String fallback) {
    return pool.preparedQuery(CONVERT)
        .execute(
            Tuple.of(userId, window.toMillis())
                .addArrayOfString(from.toArray(String[]::new))
                .addString(fallback))
        .map(
            rows ->
                StreamSupport.stream(rows.spliterator(), false)
                    .map(row -> converted(row, userId))
                    .findFirst());
  }

  private static Converted converted(Row row, String userId) {
    return new Converted(
        new PromptOfUser(row.getUUID("prompt_id"), userId), row.getBoolean("was_open"));
  }
}
