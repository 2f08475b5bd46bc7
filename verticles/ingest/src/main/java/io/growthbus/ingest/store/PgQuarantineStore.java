package io.growthbus.ingest.store;

import io.growthbus.ingest.core.RefusedEvent;
import io.growthbus.shared.message.ListQuarantine;
import io.growthbus.shared.message.ListQuarantineGroups;
import io.growthbus.shared.message.QuarantineGroups;
import io.growthbus.shared.message.QuarantinePage;
import io.growthbus.shared.message.QuarantineSelector;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Refused events in PostgreSQL.
 *
 * <p>One statement keeps a group of them, rows sorted by their key, so that two nodes that bring
 * the same wait for each other instead of deadlocking. Whoever deletes passes over what another one
 * holds, so nobody waits in the other direction.
 *
 * <p>The bound on all rows is compared with a number that is counted once a second while something
 * is refused; what other nodes have written since is not in it.
 */
public final class PgQuarantineStore implements QuarantineStore {
  /** Groups of which numbers are kept; what comes beyond is counted by its code alone. */
  static final int MOST_GROUPS = 10_000;

  private static final long COUNT_AGAIN_NS = Duration.ofSeconds(1).toNanos();
  private static final int EXPIRED_AT_ONCE = 1_000;

  private static final String ADD =
      """
      WITH input AS (
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::text[],
                             $9::bool[], $10::bool[], $11::int8[], $12::int8[], $13::int8[], $14::text[], $15::bool[], $16::bool[], $20::bool[])
          AS e(fingerprint, event, code, pointer, schema_version, message, event_id, user_id,
               proven, believed, received_ms, behind_ms, n, content, whole, keep, gpc)
      ), known AS MATERIALIZED (
        SELECT q.fingerprint FROM unnest($1::uuid[]) AS i(id) JOIN ingest.quarantine q ON q.fingerprint = i.id
      ), ranked AS (
        SELECT fingerprint, event, code,
               row_number() OVER (PARTITION BY event, code ORDER BY fingerprint) AS place,
               row_number() OVER (ORDER BY fingerprint) AS place_in_all
        FROM input WHERE keep AND fingerprint NOT IN (SELECT fingerprint FROM known)
      ), room AS MATERIALIZED (
        SELECT event, code, $17 - (SELECT count(*) FROM (
          SELECT FROM ingest.quarantine q WHERE q.event = g.event AND q.code = g.code LIMIT $17) AS kept) AS free
        FROM (SELECT DISTINCT event, code FROM ranked) AS g
      ), admitted AS MATERIALIZED (
        SELECT fingerprint FROM known
        UNION ALL
        SELECT fingerprint FROM ranked JOIN room USING (event, code) WHERE place <= free AND place_in_all <= $18
      ), kept AS (
        INSERT INTO ingest.quarantine AS q (fingerprint, event, code, pointer, schema_version, message, event_id, user_id,
          proven, believed, gpc, stored_before, received_at, behind_ms, first_seen, last_seen, count, content, whole)
        SELECT fingerprint, event, code, pointer, schema_version, message, event_id, user_id, proven, believed, gpc,
               event_id IN (SELECT s.event_id FROM ingest.stored_ids($7) s) IS TRUE,
               to_timestamp(received_ms / 1000.0), behind_ms, to_timestamp(received_ms / 1000.0),
               to_timestamp(received_ms / 1000.0), n, content, whole
        FROM input WHERE keep AND fingerprint IN (SELECT fingerprint FROM admitted)
        ORDER BY fingerprint
        ON CONFLICT (fingerprint) DO UPDATE
          SET count = q.count + EXCLUDED.count, last_seen = GREATEST(q.last_seen, EXCLUDED.last_seen)
        RETURNING q.fingerprint, xmax = 0 AS is_new
      ), lost AS (
        SELECT CASE WHEN $19 THEN event ELSE '' END AS event, code, CASE WHEN $19 THEN pointer ELSE '' END AS pointer,
               CASE WHEN $19 THEN schema_version ELSE '' END AS schema_version, n, received_ms
        FROM input WHERE fingerprint NOT IN (SELECT fingerprint FROM kept)
      ), counted AS (
        INSERT INTO ingest.quarantine_overflow AS o (event, code, pointer, schema_version, count, first_seen, last_seen)
        SELECT event, code, pointer, schema_version, sum(n), to_timestamp(min(received_ms) / 1000.0),
               to_timestamp(max(received_ms) / 1000.0)
        FROM lost GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        ON CONFLICT (event, code, pointer, schema_version) DO UPDATE
          SET count = o.count + EXCLUDED.count, last_seen = GREATEST(o.last_seen, EXCLUDED.last_seen)
      )
      SELECT (SELECT coalesce(sum(n), 0)::int8 FROM lost) AS lost,
             (SELECT count(*) FROM kept WHERE is_new) AS added
      """;

  private static final String SIZES =
      """
      SELECT (SELECT count(*) FROM ingest.quarantine) AS rows,
             (SELECT count(*) FROM ingest.quarantine_overflow) AS groups
      """;

  /** Takes the parameters 1 to 4. */
  private static final String SELECTED =
      "($1::text IS NULL OR event = $1) AND ($2::text IS NULL OR code = $2)"
          + " AND ($3::text IS NULL OR pointer = $3) AND ($4::int8[] IS NULL OR id = ANY($4))";

  private static final String EXPIRE =
      """
      DELETE FROM ingest.quarantine WHERE id IN (
        SELECT id FROM ingest.quarantine WHERE received_at < $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
      """;

  private final Pool pool;
  private final int mostOfReason;
  private final int mostRows;
  private final PgQuarantinePages pages;
  private final PgQuarantineClaims claims;
  private long rows;
  private long groups;
  private long countedAtNs;
  private boolean counted;

  /**
   * @param mostOfReason rows of one event name and code
   * @param mostRows rows in all
   */
  public PgQuarantineStore(Pool pool, int mostOfReason, int mostRows) {
    this.pool = pool;
    this.mostOfReason = mostOfReason;
    this.mostRows = mostRows;
    this.pages = new PgQuarantinePages(pool, SELECTED);
    this.claims = new PgQuarantineClaims(pool, SELECTED);
  }

  @Override
  public Future<Long> add(List<Occurrences> events) {
    return measured()
        .compose(ready -> pool.preparedQuery(ADD).execute(parameters(events)))
        .map(
            result -> {
              Row row = result.iterator().next();
              rows += row.getLong("added");
              return row.getLong("lost");
            });
  }

  private Future<Void> measured() {
    if (counted && System.nanoTime() - countedAtNs < COUNT_AGAIN_NS) {
      return Future.succeededFuture();
    }
    return pool.query(SIZES)
        .execute()
        .map(
            result -> {
              Row row = result.iterator().next();
              rows = row.getLong("rows");
              groups = row.getLong("groups");
              countedAtNs = System.nanoTime();
              counted = true;
              return null;
            });
  }

  private Tuple parameters(List<Occurrences> events) {
    return Tuple.tuple()
        .addArrayOfUUID(column(events, RefusedEvent::fingerprint).toArray(UUID[]::new))
        .addArrayOfString(texts(events, e -> orEmpty(e.name())))
        .addArrayOfString(texts(events, e -> e.reason().code()))
        .addArrayOfString(texts(events, e -> e.reason().pointer()))
        .addArrayOfString(texts(events, e -> orEmpty(e.schemaVersion())))
        .addArrayOfString(texts(events, e -> e.reason().message()))
        .addArrayOfUUID(events.stream().map(e -> e.event().eventId()).toArray(UUID[]::new))
        .addArrayOfString(texts(events, RefusedEvent::userId))
        .addArrayOfBoolean(column(events, e -> e.origin().proven()).toArray(Boolean[]::new))
        .addArrayOfBoolean(column(events, e -> e.origin().believed()).toArray(Boolean[]::new))
        .addArrayOfLong(column(events, e -> e.origin().receivedAtMs()).toArray(Long[]::new))
        .addArrayOfLong(column(events, e -> e.origin().behindMs()).toArray(Long[]::new))
        .addArrayOfLong(events.stream().map(Occurrences::count).toArray(Long[]::new))
        .addArrayOfString(texts(events, RefusedEvent::content))
        .addArrayOfBoolean(column(events, RefusedEvent::whole).toArray(Boolean[]::new))
        .addArrayOfBoolean(events.stream().map(Occurrences::keep).toArray(Boolean[]::new))
        .addLong((long) mostOfReason)
        .addLong(Math.max(0, mostRows - rows))
        .addBoolean(groups < MOST_GROUPS)
        .addArrayOfBoolean(column(events, e -> e.origin().gpc()).toArray(Boolean[]::new));
  }

  private static <T> Stream<T> column(List<Occurrences> events, Function<RefusedEvent, T> field) {
    return events.stream().map(Occurrences::event).map(field);
  }

  private static String[] texts(
      List<Occurrences> events, Function<RefusedEvent, @Nullable String> field) {
    String[] values = new String[events.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = field.apply(events.get(i).event());
    }
    return values;
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  @Override
  public Future<QuarantineGroups> groups(ListQuarantineGroups query) {
    return pages.groups(query);
  }

  @Override
  public Future<QuarantinePage> list(ListQuarantine query) {
    return pages.list(query, selection(query.selector()));
  }

  @Override
  public Future<List<Kept>> settle(
      QuarantineSelector selector,
      long after,
      int limit,
      Instant since,
      Function<List<Kept>, Future<Settlement>> judge) {
    return claims.settle(selection(selector), after, limit, since, judge);
  }

  private static Tuple selection(QuarantineSelector selector) {
    List<Long> ids = selector.ids();
    return Tuple.tuple()
        .addString(selector.event())
        .addString(selector.code())
        .addString(selector.pointer())
        .addArrayOfLong(ids == null ? null : ids.toArray(Long[]::new));
  }

  @Override
  public Future<Long> count(QuarantineSelector selector) {
    return pool.preparedQuery("SELECT count(*) FROM ingest.quarantine WHERE " + SELECTED)
        .execute(selection(selector))
        .map(result -> result.iterator().next().getLong(0));
  }

  @Override
  public Future<Set<UUID>> stored(Collection<UUID> eventIds) {
    return pool.preparedQuery("SELECT event_id FROM ingest.stored_ids($1)")
        .execute(Tuple.tuple().addArrayOfUUID(eventIds.toArray(UUID[]::new)))
        .map(
            result -> {
              Set<UUID> stored = new HashSet<>();
              result.forEach(row -> stored.add(row.getUUID(0)));
              return stored;
            });
  }

  @Override
  public Future<Void> expire(Instant now, Duration retention) {
    Tuple before = Tuple.of(now.minus(retention).atOffset(ZoneOffset.UTC));
    return expireRows(Tuple.of(before.getValue(0), EXPIRED_AT_ONCE))
        .compose(
            done ->
                pool.preparedQuery("DELETE FROM ingest.quarantine_overflow WHERE last_seen < $1")
                    .execute(before))
        .mapEmpty();
  }

  private Future<Void> expireRows(Tuple parameters) {
    return pool.preparedQuery(EXPIRE)
        .execute(parameters)
        .compose(
            deleted ->
                deleted.rowCount() < EXPIRED_AT_ONCE
                    ? Future.succeededFuture()
                    : expireRows(parameters));
  }

  @Override
  public Future<Void> close() {
    return pool.close();
  }
}
