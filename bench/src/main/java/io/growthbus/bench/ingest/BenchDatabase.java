package io.growthbus.bench.ingest;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/**
 * The database of the run, seen by its superuser over one connection: the tables that the others
 * write to, the rows as the product stored them, and {@code COPY} of these.
 *
 * <p>The tables of {@code COPY} are made with {@code LIKE … INCLUDING ALL} from the product's, so
 * they have the same columns and the same indexes, whatever those are; they are not partitioned.
 */
public final class BenchDatabase implements AutoCloseable {
  /** The peers' tables: the columns and indexes of the product's events and the id as key. */
  static final String EXPRESS = "bench.express_event";

  static final String FASTIFY = "bench.fastify_event";

  private static final String LIKE_EVENT =
      "(LIKE ingest.event INCLUDING ALL, PRIMARY KEY (event_id))";

  private static final List<String> TABLES =
      List.of(
          "CREATE SCHEMA bench",
          "CREATE TABLE bench.copy_event (LIKE ingest.event INCLUDING ALL)",
          "CREATE TABLE bench.copy_event_id (LIKE ingest.event_id INCLUDING ALL)",
          """
          CREATE TABLE bench.copy_bare (
            event_id uuid PRIMARY KEY, name text NOT NULL, user_id text, ts timestamptz NOT NULL,
            schema_version text NOT NULL, properties jsonb NOT NULL)
          """,
          "CREATE TABLE " + EXPRESS + LIKE_EVENT,
          "CREATE TABLE " + FASTIFY + LIKE_EVENT,
          "CREATE TABLE bench.sample (event_id uuid PRIMARY KEY)");

  /** Events, their ids and the counters, whichever of these names they have. */
  private static final String PRODUCT_TABLES =
      """
      SELECT string_agg(format('ingest.%I', relname), ', ') FROM pg_class
      WHERE relnamespace = 'ingest'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
        AND relname IN ('event', 'event_id', 'usage', 'usage_counter')
      """;

  private static final String FILL =
      """
      WITH made AS (
        SELECT gen_random_uuid() AS id, CASE n %% 2 WHEN 0 THEN '%1$s' ELSE 'other-' || n / 200 END AS user_id,
               now() - (n %% 10) * interval '1 day' AS at
        FROM generate_series(0, 2 * %2$d - 1) AS n
      )
      INSERT INTO ingest.event (event_id, name, user_id, anonymous_id, schema_version, occurred_at, sender_occurred_at,
                                received_at, verified, properties)
      SELECT id, 'api_call', user_id, 'device-of-' || user_id, '1.0.0', at, at, at, true,
             jsonb_build_object('endpoint', '/v1/projects/' || id, 'status_code', 200, 'note', repeat('n', 200))
      FROM made
      """;

  private static final List<String> SETTINGS =
      List.of(
          "fsync",
          "synchronous_commit",
          "full_page_writes",
          "wal_level",
          "wal_compression",
          "shared_buffers",
          "max_wal_size",
          "checkpoint_timeout",
          "autovacuum");

  private final Connection connection;
  private final CopyManager copy;

  /**
   * @param jdbcUrl as superuser
   */
  public BenchDatabase(String jdbcUrl) throws SQLException {
    connection = DriverManager.getConnection(jdbcUrl);
    copy = connection.unwrap(PGConnection.class).getCopyAPI();
    execute("SET lock_timeout = '20s'");
    execute("SET timezone = 'UTC'");
    for (String table : TABLES) {
      execute(table);
    }
  }

  /**
   * Rows as {@code COPY} takes them.
   *
   * @param events for the columns of {@code ingest.event}
   * @param ids for those of {@code ingest.event_id}
   * @param bare six columns
   */
  record Rows(long count, byte[] events, byte[] ids, byte[] bare) {}

  /** Version and the settings on which durability and speed depend. */
  public Map<String, String> facts() throws SQLException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("version", text("SHOW server_version"));
    for (String setting : SETTINGS) {
      facts.put(setting, text("SHOW " + setting));
    }
    return facts;
  }

  /** Empties what the product stored and counted. */
  void emptyProduct() throws SQLException {
    execute("TRUNCATE " + text(PRODUCT_TABLES));
    execute("CHECKPOINT");
  }

  /** Empties tables. */
  void empty(String... tables) throws SQLException {
    execute("TRUNCATE " + String.join(", ", tables));
    execute("CHECKPOINT");
  }

  /** Stores events of a user and as many of others, over the last ten days of arrival. */
  void fill(String user, int events) throws SQLException {
    execute("SELECT ingest.add_day(current_date - n) FROM generate_series(0, 9) n");
    execute(FILL.formatted(user, events));
    execute("ANALYZE ingest.event");
    execute("CHECKPOINT");
  }

  /** How many events of a user are stored. */
  long eventsOf(String user) throws SQLException {
    return count("ingest.event WHERE user_id = '" + user + "'");
  }

  void checkpoint() throws SQLException {
    execute("CHECKPOINT");
  }

  /** Rows of a table, or of a table with a condition behind its name. */
  public long count(String table) throws SQLException {
    return Long.parseLong(text("SELECT count(*) FROM " + table));
  }

  /** The sum of all counters, each event being counted by one meter. */
  long counted() throws SQLException {
    return Long.parseLong(text("SELECT coalesce(sum(count), 0)::int8 FROM growth.usage_counter"));
  }

  /** Up to this many rows that the product has stored. */
  Rows sample(long most) throws SQLException, IOException {
    return rows("SELECT event_id FROM ingest.event LIMIT " + most);
  }

  /** The rows that the product has stored from a moment on. */
  Rows since(long fromMs) throws SQLException, IOException {
    return rows("SELECT event_id FROM ingest.event WHERE received_at >= " + time(fromMs));
  }

  /** Stores what the product has stored in a time in the tables of {@code COPY} too. */
  void mirror(long fromMs, long toMs) throws SQLException {
    String stored =
        "ingest.event WHERE received_at >= " + time(fromMs) + " AND received_at < " + time(toMs);
    execute("INSERT INTO bench.copy_event SELECT * FROM " + stored);
    execute(
        "INSERT INTO bench.copy_event_id SELECT * FROM ingest.event_id WHERE event_id IN (SELECT event_id FROM "
            + stored
            + ")");
  }

  /**
   * One stream into the tables of {@code COPY} and one commit.
   *
   * @return rows per second
   */
  double copyIn(Rows rows) throws SQLException, IOException {
    long start = System.nanoTime();
    connection.setAutoCommit(false);
    load("bench.copy_event", rows.events());
    load("bench.copy_event_id", rows.ids());
    connection.commit();
    connection.setAutoCommit(true);
    return rows.count() * 1e9 / (System.nanoTime() - start);
  }

  /** As {@link #copyIn} into the table with six columns and one index. */
  double copyInBare(Rows rows) throws SQLException, IOException {
    long start = System.nanoTime();
    load("bench.copy_bare", rows.bare());
    return rows.count() * 1e9 / (System.nanoTime() - start);
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }

  private Rows rows(String ids) throws SQLException, IOException {
    execute("TRUNCATE bench.sample");
    execute("INSERT INTO bench.sample " + ids);
    execute("ANALYZE bench.sample");
    String chosen = " WHERE event_id IN (SELECT event_id FROM bench.sample)";
    return new Rows(
        count("bench.sample"),
        dump("SELECT * FROM ingest.event" + chosen),
        dump("SELECT * FROM ingest.event_id" + chosen),
        dump(
            "SELECT event_id, name, user_id, occurred_at, schema_version, properties FROM ingest.event"
                + chosen));
  }

  private byte[] dump(String query) throws SQLException, IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    copy.copyOut("COPY (" + query + ") TO STDOUT", out);
    return out.toByteArray();
  }

  private void load(String table, byte[] rows) throws SQLException, IOException {
    copy.copyIn("COPY " + table + " FROM STDIN", new ByteArrayInputStream(rows), 64 * 1024);
  }

  private static String time(long ms) {
    return "to_timestamp(" + ms + " / 1000.0)";
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private String text(String query) throws SQLException {
    List<String> values = new ArrayList<>(1);
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values.get(0);
  }
}
