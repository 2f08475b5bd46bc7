package io.growthbus.activation.store;

import io.growthbus.activation.core.PromptState;
import io.growthbus.activation.store.PromptStore.Grants;
import io.growthbus.activation.store.PromptStore.Story;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads what is stored of a user and a rule. */
final class PgPromptStory {
  private static final String READ =
      """
      SELECT c.threshold, c.at_count, c.crossed_at, p.state, p.suppression, p.attempts, p.next_push_at, p.created_at,
             p.shown_at, p.handled_at, p.expires_at, p.granted_at, p.held, c.step_kind, c.step_number,
             CASE WHEN c.period_start > '-infinity' THEN c.period_start::text END AS period_start,
             g.of_rule, g.within_day, g.last_at
      FROM activation.crossing c
      LEFT JOIN activation.prompt p
        ON (p.user_id, p.rule, p.epoch, p.period_start, p.step_kind, p.step_number)
           = (c.user_id, c.rule, c.epoch, c.period_start, c.step_kind, c.step_number)
      CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE k.rule = c.rule AND k.epoch = c.epoch) AS of_rule,
               count(*) FILTER (WHERE k.granted_at > now() - interval '1 day') AS within_day, max(k.granted_at) AS last_at
        FROM activation.prompt k WHERE k.user_id = c.user_id AND k.granted_at IS NOT NULL
      ) AS g
      WHERE c.user_id = $1 AND c.rule = $2
      ORDER BY c.epoch DESC, c.period_start DESC, c.threshold DESC, p.suppression IS NOT DISTINCT FROM 'lower_step'
      LIMIT 1
      """;

  private PgPromptStory() {}

  static Future<Optional<Story>> read(Pool pool, String userId, String rule) {
    return pool.preparedQuery(READ)
        .execute(Tuple.of(userId, rule))
        .map(
            rows ->
                rows.size() == 0 ? Optional.empty() : Optional.of(story(rows.iterator().next())));
  }

  private static Story story(Row row) {
    String state = row.getString("state");
    Integer attempts = row.getInteger("attempts");
    return new Story(
        row.getString("step_kind"),
        row.getLong("step_number"),
        row.getString("period_start"),
        row.getLong("threshold"),
        row.getLong("at_count"),
        row.getOffsetDateTime("crossed_at").toInstant().toEpochMilli(),
        state == null ? null : PromptState.valueOf(state.toUpperCase(Locale.ROOT)),
        row.getString("suppression"),
        row.getString("held"),
        attempts == null ? 0 : attempts,
        millis(row.getOffsetDateTime("next_push_at")),
        millis(row.getOffsetDateTime("created_at")),
        millis(row.getOffsetDateTime("granted_at")),
        millis(row.getOffsetDateTime("shown_at")),
        millis(row.getOffsetDateTime("handled_at")),
        millis(row.getOffsetDateTime("expires_at")),
        new Grants(
            row.getLong("of_rule"),
            row.getLong("within_day"),
            millis(row.getOffsetDateTime("last_at"))));
  }

  private static @Nullable Long millis(@Nullable OffsetDateTime time) {
    return time == null ? null : Long.valueOf(time.toInstant().toEpochMilli());
  }
}
