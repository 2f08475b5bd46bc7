package io.growthbus.ingest.store;

import io.growthbus.shared.erasure.Erasures;
import io.growthbus.shared.erasure.Erasures.Pass;
import io.growthbus.shared.erasure.Mention;
import io.growthbus.shared.erasure.MentionScan;
import io.growthbus.shared.erasure.MentionScan.Table;
import io.growthbus.shared.erasure.UserExport.Source;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.StreamSupport;

/**
 * Erases a user from the tables of ingest, and says what is exported of them.
 *
 * <p>Everything goes by days, in transactions of a bounded size; whatever is done is seen by the
 * next attempt, so none begins anew. In this order: the anonymous ids that the user's own events
 * prove, and that they are kept out; what is anonymous under them, and what others say about the
 * user, in one pass over a day; the user's events last, because they are what the ids are known
 * from.
 *
 * <p>The ids of the events stay: they say nothing of the user, and a repetition stays one.
 */
public final class PgUserErasure implements Erasures.Eraser {
  /**
   * What names a user in a column; $1 is the id. A table that is added to the room belongs here.
   */
  private static final List<String> OWN_ROWS =
      List.of(
          "DELETE FROM ingest.usage WHERE meter_id IN (SELECT meter_id FROM ingest.meter) AND subject = $1",
          """
          DELETE FROM ingest.meter_backfill_amount
          WHERE meter_id IN (SELECT meter_id FROM ingest.meter) AND subject = $1
          """,
          "DELETE FROM ingest.identity_link WHERE user_id = $1 OR anonymous_id = $1",
          "DELETE FROM ingest.quarantine WHERE user_id = $1",
          "DELETE FROM ingest.consent WHERE user_id = $1");

  /** What of the room is shown to a user who asks. */
  public static final List<Source> SOURCES =
      List.of(
          new Source(
              "event",
              "t.*",
              "ingest.event t",
              // The second condition spares the days before the place of the page.
              "t.user_id = $1 AND t.received_at >= ($2::text[])[1]::timestamptz",
              List.of("t.received_at", "t.event_id"),
              List.of("timestamptz", "uuid"),
              List.of("-infinity", "00000000-0000-0000-0000-000000000000")),
          new Source(
              "counter",
              "t.*",
              "growth.usage t",
              "t.subject_kind = 'user' AND t.subject = $1",
              List.of("t.meter", "coalesce(t.period_start, '-infinity'::date)"),
              List.of("text", "date"),
              List.of("", "-infinity")),
          Source.of("identity_link", "ingest.identity_link", "t.user_id = $1", "t.anonymous_id"),
          Source.of("consent", "ingest.consent", "t.user_id = $1", "t.purpose"),
          new Source(
              "refused_event",
              "t.*",
              "ingest.quarantine t",
              "t.user_id = $1",
              List.of("t.id"),
              List.of("int8"),
              List.of("0")));

  /** What others say about the user in events that were refused. */
  private static final Table REFUSED =
      new Table(
          "ingest.quarantine",
          "ingest.quarantine",
          "true",
          "user_id IS DISTINCT FROM $4",
          List.of("event", "pointer", "content"),
          List.of());

  private static final int BATCH = 5_000;
  private static final int ANONYMOUS_IDS = 1_000;

  /** Shorter ones ("anonymous", "undefined") are not the id of one device. */
  private static final int SHORTEST_ANONYMOUS_ID = 16;

  private static final String DAYS =
      """
      SELECT right(c.relname, 8) AS day FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = to_regclass('ingest.event') ORDER BY 1 DESC
      """;

  private static final String JOINED =
      "SELECT anonymous_id FROM ingest.identity_link WHERE user_id = $1";

  private static final String LINKED =
      """
      SELECT DISTINCT anonymous_id FROM ingest.event
      WHERE %s AND user_id = $1 AND verified AND length(anonymous_id) >= %d AND anonymous_id <> $1
      LIMIT %d
      """;

  private static final String ANONYMOUS =
      """
      DELETE FROM ingest.event
      WHERE %s AND ctid >= $1::text::tid AND ctid < $2::text::tid AND user_id IS NULL AND anonymous_id = ANY($3)
      """;

  private static final String EVENTS =
      """
      DELETE FROM ingest.event
      WHERE %1$s AND user_id = $1
        AND ctid = ANY(ARRAY(SELECT ctid FROM ingest.event WHERE %1$s AND user_id = $1 LIMIT %2$d))
      """;

  private final Pool pool;
  private final PgErasureOrders orders;
  private final MentionScan mentions;
  private final Function<String, UUID> hash;

  /**
   * @param hash the hash under which an id is kept out
   */
  public PgUserErasure(Pool pool, Function<String, UUID> hash) {
    this.pool = pool;
    this.orders = new PgErasureOrders(pool);
    this.mentions = new MentionScan(pool);
    this.hash = hash;
  }

  /** A day of arrival and the SQL condition that leads to its partition. */
  private record Day(String suffix) {
    String condition() {
      LocalDate date = LocalDate.parse(suffix, DateTimeFormatter.BASIC_ISO_DATE);
      return "received_at >= '%s 00:00:00+00' AND received_at < '%s 00:00:00+00'"
          .formatted(date, date.plusDays(1));
    }
  }

  @Override
  public Future<Void> erase(Pass pass) {
    return pool.query(DAYS)
        .execute()
        .map(
            rows ->
                StreamSupport.stream(rows.spliterator(), false)
                    .map(row -> new Day(row.getString("day")))
                    .toList())
        .compose(
            days ->
                (pass.repeated() ? Future.<Void>succeededFuture() : traces(days, pass))
                    .compose(done -> each(days, day -> events(day, pass.userId()))))
        .compose(
            done ->
                each(
                    OWN_ROWS,
                    sql -> pool.preparedQuery(sql).execute(Tuple.of(pass.userId())).mapEmpty()));
  }

  private Future<Void> traces(List<Day> days, Pass pass) {
    Set<String> anonymous = new TreeSet<>();
    return pool.preparedQuery(JOINED)
        .execute(Tuple.of(pass.userId()))
        .onSuccess(rows -> rows.forEach(row -> anonymous.add(row.getString(0))))
        .compose(done -> each(days, day -> linked(day, pass.userId(), anonymous)))
        .compose(
            done ->
                pass.suppress() && !anonymous.isEmpty()
                    ? orders.suppressWith(
                        pass.orderId(), anonymous.stream().map(hash).toArray(UUID[]::new))
                    : Future.succeededFuture())
        .compose(done -> each(days, day -> traces(day, pass.userId(), anonymous)))
        .compose(
            done ->
                mentions.run(
                    REFUSED,
                    new Mention(pass.userId()),
                    (connection, first, end) -> Future.succeededFuture()));
  }

  private Future<Void> linked(Day day, String userId, Set<String> found) {
    String sql = LINKED.formatted(day.condition(), SHORTEST_ANONYMOUS_ID, ANONYMOUS_IDS);
    return pool.preparedQuery(sql)
        .execute(Tuple.of(userId))
        .map(
            rows -> {
              for (Row row : rows) {
                found.add(row.getString(0));
              }
              return null;
            });
  }

  private Future<Void> traces(Day day, String userId, Set<String> anonymous) {
    Table table =
        new Table(
            "ingest.event_p" + day.suffix(),
            "ingest.event",
            day.condition(),
            "user_id IS DISTINCT FROM $4",
            List.of("name", "account_id", "anonymous_id", "message_id", "schema_version"),
            List.of("properties", "annotations"));
    String[] ids = anonymous.toArray(String[]::new);
    return mentions.run(
        table,
        new Mention(userId),
        (connection, first, end) -> deleteAnonymous(connection, day, first, end, ids));
  }

  private static Future<?> deleteAnonymous(
      SqlConnection connection, Day day, String first, String end, String[] ids) {
    return ids.length == 0
        ? Future.succeededFuture()
        : connection
            .preparedQuery(ANONYMOUS.formatted(day.condition()))
            .execute(Tuple.of(first, end).addArrayOfString(ids));
  }

  private Future<Void> events(Day day, String userId) {
    return pool.preparedQuery(EVENTS.formatted(day.condition(), BATCH))
        .execute(Tuple.of(userId))
        .compose(rows -> rows.rowCount() == 0 ? Future.succeededFuture() : events(day, userId));
  }

  /** One after the other. */
  private static <T> Future<Void> each(List<T> all, Function<T, Future<Void>> step) {
    Future<Void> done = Future.succeededFuture();
    for (T one : new ArrayList<>(all)) {
      done = done.compose(before -> step.apply(one));
    }
    return done;
  }
}
