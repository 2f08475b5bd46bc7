package io.growthbus.activation.store;

import io.growthbus.activation.core.PromptState;
import io.growthbus.activation.store.PromptStore.Acknowledged;
import io.growthbus.activation.store.PromptStore.Done;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Stores what users did with their prompts, many in one transaction. */
final class PgAcknowledgements {
  // Locked in one order: those who meet must not wait for each other.
  private static final String LOCK =
      """
      SELECT p.prompt_id, p.state
      FROM activation.prompt p
      JOIN unnest($1::uuid[], $2::text[]) AS d(prompt_id, user_id)
        ON p.prompt_id = d.prompt_id AND p.user_id = d.user_id
      ORDER BY p.prompt_id FOR UPDATE OF p
      """;

  private static final String MOVE =
      """
      UPDATE activation.prompt p
      SET state = d.state, next_push_at = NULL,
          shown_at = coalesce(p.shown_at, now()), granted_at = coalesce(p.granted_at, now()),
          handled_at = CASE WHEN d.state = 'shown' THEN p.handled_at ELSE now() END
      FROM unnest($1::uuid[], $2::text[]) AS d(prompt_id, state)
      WHERE p.prompt_id = d.prompt_id
      """;

  private final Pool pool;

  PgAcknowledgements(Pool pool) {
    this.pool = pool;
  }

  Future<List<Optional<Acknowledged>>> note(List<Done> done) {
    return pool.withTransaction(
        connection ->
            connection
                .preparedQuery(LOCK)
                .execute(
                    Tuple.tuple()
                        .addArrayOfUUID(done.stream().map(Done::promptId).toArray(UUID[]::new))
                        .addArrayOfString(done.stream().map(Done::userId).toArray(String[]::new)))
                .compose(rows -> move(connection, done, states(rows))));
  }

  private static Map<UUID, PromptState> states(RowSet<Row> rows) {
    Map<UUID, PromptState> states = new HashMap<>();
    rows.forEach(
        row ->
            states.put(
                row.getUUID("prompt_id"),
                PromptState.valueOf(row.getString("state").toUpperCase(Locale.ROOT))));
    return states;
  }

  private static Future<List<Optional<Acknowledged>>> move(
      SqlConnection connection, List<Done> done, Map<UUID, PromptState> states) {
    List<Optional<Acknowledged>> outcomes = new ArrayList<>();
    List<UUID> moved = new ArrayList<>();
    List<String> to = new ArrayList<>();
    for (Done one : done) {
      PromptState before = states.get(one.promptId());
      if (before == null) {
        outcomes.add(Optional.empty());
        continue;
      }
      PromptState after = before.after(one.action());
      outcomes.add(Optional.of(new Acknowledged(after, after != before)));
      if (after != before) {
        moved.add(one.promptId());
        to.add(after.name().toLowerCase(Locale.ROOT));
      }
    }
    return moved.isEmpty()
        ? Future.succeededFuture(outcomes)
        : connection
            .preparedQuery(MOVE)
            .execute(
                Tuple.tuple()
                    .addArrayOfUUID(moved.toArray(UUID[]::new))
                    .addArrayOfString(to.toArray(String[]::new)))
            .map(outcomes);
  }
}
