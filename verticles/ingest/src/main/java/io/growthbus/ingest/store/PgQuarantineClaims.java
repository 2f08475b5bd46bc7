package io.growthbus.ingest.store;

import io.growthbus.ingest.core.RefusedEvent;
import io.growthbus.ingest.core.RefusedEvent.Origin;
import io.growthbus.ingest.core.RefusedEvent.Reason;
import io.growthbus.ingest.store.QuarantineStore.Kept;
import io.growthbus.ingest.store.QuarantineStore.Settlement;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Holds rows of the quarantine while they are judged again; their locks end with the connection.
 */
final class PgQuarantineClaims {
  private static final String CLAIM =
      """
      SELECT id, event, code, pointer, schema_version, message, event_id, user_id, proven, believed, gpc, stored_before,
             (extract(epoch FROM received_at) * 1000)::int8 AS received_ms, behind_ms, content, whole
      FROM ingest.quarantine
      WHERE %s AND id > $5 AND received_at > $6
      ORDER BY id LIMIT $7 FOR UPDATE SKIP LOCKED
      """;

  private static final String REASON =
      """
      UPDATE ingest.quarantine q SET code = r.code, pointer = r.pointer, message = r.message
      FROM unnest($1::int8[], $2::text[], $3::text[], $4::text[]) AS r(id, code, pointer, message)
      WHERE q.id = r.id
      """;

  private final Pool pool;
  private final String claim;

  /**
   * @param selected condition over the parameters 1 to 4
   */
  PgQuarantineClaims(Pool pool, String selected) {
    this.pool = pool;
    this.claim = CLAIM.formatted(selected);
  }

  /** As {@link QuarantineStore#settle}; the selection holds the parameters 1 to 4. */
  Future<List<Kept>> settle(
      Tuple selection,
      long after,
      int limit,
      Instant since,
      Function<List<Kept>, Future<Settlement>> judge) {
    Tuple parameters =
        selection
            .addLong(after)
            .addOffsetDateTime(since.atOffset(ZoneOffset.UTC))
            .addInteger(limit);
    return pool.withTransaction(
        connection ->
            connection
                .preparedQuery(claim)
                .execute(parameters)
                .compose(
                    found -> {
                      List<Kept> page = new ArrayList<>();
                      found.forEach(row -> page.add(kept(row)));
                      return page.isEmpty()
                          ? Future.succeededFuture(page)
                          : judge
                              .apply(page)
                              .compose(settlement -> settle(connection, settlement))
                              .map(settled -> page);
                    }));
  }

  private static Future<Void> settle(SqlConnection connection, Settlement settlement) {
    Future<?> done =
        settlement.done().isEmpty()
            ? Future.succeededFuture()
            : connection
                .preparedQuery("DELETE FROM ingest.quarantine WHERE id = ANY($1)")
                .execute(Tuple.tuple().addArrayOfLong(settlement.done().toArray(Long[]::new)));
    if (settlement.refused().isEmpty()) {
      return done.mapEmpty();
    }
    List<Map.Entry<Long, Reason>> refused = List.copyOf(settlement.refused().entrySet());
    return done.compose(
            deleted ->
                connection
                    .preparedQuery(REASON)
                    .execute(
                        Tuple.tuple()
                            .addArrayOfLong(
                                refused.stream().map(Map.Entry::getKey).toArray(Long[]::new))
                            .addArrayOfString(reasons(refused, Reason::code))
                            .addArrayOfString(reasons(refused, Reason::pointer))
                            .addArrayOfString(reasons(refused, Reason::message))))
        .mapEmpty();
  }

  private static String[] reasons(
      List<Map.Entry<Long, Reason>> refused, Function<Reason, String> field) {
    return refused.stream().map(Map.Entry::getValue).map(field).toArray(String[]::new);
  }

  private static Kept kept(Row row) {
    return new Kept(
        row.getLong("id"),
        new RefusedEvent(
            row.getUUID("event_id"),
            row.getString("event"),
            row.getString("schema_version"),
            row.getString("user_id"),
            new Reason(row.getString("code"), row.getString("message"), row.getString("pointer")),
            new Origin(
                row.getBoolean("proven"),
                row.getBoolean("believed"),
                row.getBoolean("gpc"),
                row.getLong("received_ms"),
                row.getLong("behind_ms")),
            row.getString("content"),
            row.getBoolean("whole")),
        row.getBoolean("stored_before"));
  }
}
