package io.growthbus.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.growthbus.ingest.store.PgPartitions;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class StorageUpkeepIT {
  private static final Vertx VERTX = Vertx.vertx();
  private static final LocalDate TODAY = LocalDate.of(2025, 11, 24);

  /** The first day of a period of ids. */
  private static final LocalDate BORDER = LocalDate.ofEpochDay(35L * 582);

  private final PostgresSettings database = TestPostgres.freshDatabase();
  private final Pool pool = Postgres.pool(VERTX, database, "ingest", 8);

  @AfterAll
  static void close() {
    Await.result(VERTX.close());
  }

  private StorageUpkeep upkeep(Duration retention, LocalDate today) {
    Instant noon = today.atTime(12, 0).toInstant(ZoneOffset.UTC);
    return new StorageUpkeep(
        VERTX, new PgPartitions(pool), retention, () -> Future.succeededFuture(noon));
  }

  private void run(Duration retention, LocalDate today) {
    Await.result(upkeep(retention, today).run());
  }

  private List<String> partitionsOf(String table) {
    return texts(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            + " WHERE i.inhparent = '%s'::regclass ORDER BY 1".formatted(table));
  }

  private List<String> texts(String sql) {
    try (Connection connection = connection();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      List<String> texts = new ArrayList<>();
      while (result.next()) {
        texts.add(result.getString(1));
      }
      return texts;
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  private Connection connection() throws SQLException {
    return DriverManager.getConnection(TestPostgres.jdbcUrl(database));
  }

  private static String[] days(LocalDate first, LocalDate last) {
    return first
        .datesUntil(last.plusDays(1))
        .map(day -> "event_p" + day.toString().replace("-", ""))
        .toArray(String[]::new);
  }

  @Test
  void there_is_room_from_yesterday_to_a_week_ahead() {
    run(Duration.ZERO, TODAY);

    assertThat(partitionsOf("ingest.event"))
        .containsExactly(days(TODAY.minusDays(1), TODAY.plusDays(7)));
    assertThat(partitionsOf("ingest.event_id")).containsExactly("event_id_p00583");
  }

  @Test
  void near_the_border_of_two_periods_there_is_room_in_both() {
    run(Duration.ZERO, BORDER.minusDays(9));
    assertThat(partitionsOf("ingest.event_id")).containsExactly("event_id_p00581");

    run(Duration.ZERO, BORDER.minusDays(8));
    assertThat(partitionsOf("ingest.event_id"))
        .containsExactly("event_id_p00581", "event_id_p00582");
  }

  @Test
  void several_nodes_may_do_it_at_once() {
    Await.result(
        Future.all(
            IntStream.range(0, 16)
                .mapToObj(node -> upkeep(Duration.ofDays(2), TODAY.plusDays(node)).run())
                .toList()));

    assertThat(partitionsOf("ingest.event"))
        .contains(days(TODAY.plusDays(14), TODAY.plusDays(22)))
        .doesNotHaveDuplicates();
  }

  @Test
  void days_whose_last_moment_is_older_than_the_retention_are_dropped_and_no_others() {
    for (int day = 0; day < 30; day += 5) {
      run(Duration.ZERO, TODAY.plusDays(day));
    }
    assertThat(partitionsOf("ingest.event"))
        .containsExactly(days(TODAY.minusDays(1), TODAY.plusDays(32)));

    run(Duration.ofDays(10), TODAY.plusDays(25));

    assertThat(partitionsOf("ingest.event"))
        .containsExactly(days(TODAY.plusDays(15), TODAY.plusDays(32)));
  }

  @Test
  void a_reader_keeps_a_day_from_being_dropped_and_the_next_round_does_it() throws SQLException {
    run(Duration.ZERO, TODAY);
    try (Connection reader = connection();
        Statement statement = reader.createStatement()) {
      reader.setAutoCommit(false);
      statement.executeQuery("SELECT count(*) FROM ingest.event").close();
      Throwable failure = Await.failure(upkeep(Duration.ofDays(1), TODAY.plusDays(5)).run());

      assertThat(failure)
          .isInstanceOf(PgException.class)
          .hasFieldOrPropertyWithValue("sqlState", "55P03");
      assertThat(partitionsOf("ingest.event")).contains(days(TODAY, TODAY.plusDays(12)));
    }

    run(Duration.ofDays(1), TODAY.plusDays(5));
    assertThat(partitionsOf("ingest.event"))
        .containsExactly(days(TODAY.plusDays(4), TODAY.plusDays(12)));
  }

  @Test
  void a_started_upkeep_has_made_room_and_drops_by_itself_what_is_past() {
    run(Duration.ZERO, TODAY);
    StorageUpkeep upkeep = upkeep(Duration.ofDays(1), TODAY.plusDays(20));
    Await.result(upkeep.start());

    assertThat(partitionsOf("ingest.event")).contains(days(TODAY.plusDays(19), TODAY.plusDays(27)));
    Await.until(
        "the days of the past are dropped",
        Duration.ofSeconds(10),
        () -> partitionsOf("ingest.event").size() == 9);
    Await.result(upkeep.stop());
  }

  @Test
  void the_time_is_that_of_postgresql() {
    Instant now = Await.result(new PgPartitions(pool).now());
    String theirs = texts("SELECT extract(epoch FROM now())::int8").get(0);

    assertThat(now.getEpochSecond()).isCloseTo(Long.parseLong(theirs), within(60L));
  }

  @Test
  void who_may_only_read_the_schema_may_drop_nothing() {
    String may =
        "SELECT has_function_privilege('%s', oid, 'EXECUTE')::text FROM pg_proc"
            + " WHERE pronamespace = 'ingest'::regnamespace AND prosecdef";

    assertThat(texts(may.formatted("growthbus_activation"))).hasSize(3).containsOnly("false");
    assertThat(texts(may.formatted("growthbus_ingest"))).hasSize(3).containsOnly("true");
  }
}
