package io.growthbus.ingest.store;

import static io.growthbus.ingest.store.SomeEvents.TIME_MS;
import static io.growthbus.ingest.store.SomeEvents.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.ingest.store.EventStore.Committed;
import io.growthbus.ingest.store.EventStore.NewEvent;
import io.growthbus.shared.message.ListEvents;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.message.StoredEvent;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PgEventStoreIT extends EventStoreContract {
  private static final int CONNECTIONS = 8;
  private static final Vertx VERTX = Vertx.vertx();
  private static final PostgresSettings DATABASE = TestPostgres.freshDatabase();
  private static final Pool POOL = Postgres.pool(VERTX, DATABASE, "ingest", CONNECTIONS);
  private static final EventStore STORE = new PgEventStore(POOL);
  private static final MeterSet SET = Await.result(new PgMeterStore(POOL).follow(METERS)).meters();
  private static final PgPartitions PARTITIONS = new PgPartitions(POOL);

  private static final String COUNT =
      "SELECT coalesce(sum(count), 0) FROM growth.usage_counter WHERE user_id = ? AND meter = ?";

  /** Counters that are not the number of distinct stored, verified events of their user. */
  private static final String MISCOUNTED =
      """
      SELECT count(*) FROM (
        SELECT user_id, sum(count) AS counted FROM growth.usage_counter
        WHERE meter = ? GROUP BY user_id
      ) c FULL JOIN (
        SELECT user_id, count(DISTINCT event_id) AS stored FROM ingest.event
        WHERE name = ? AND verified AND user_id IS NOT NULL GROUP BY user_id
      ) e USING (user_id)
      WHERE counted IS DISTINCT FROM stored
      """;

  @Override
  EventStore store() {
    return STORE;
  }

  @Override
  MeterSet meters() {
    return SET;
  }

  @Override
  long count(String userId, String meter) {
    return number(COUNT, userId, meter);
  }

  private static long number(String sql, String first, String second) {
    try (Connection connection = DriverManager.getConnection(TestPostgres.jdbcUrl(DATABASE));
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, first);
      statement.setString(2, second);
      try (ResultSet result = statement.executeQuery()) {
        result.next();
        return result.getLong(1);
      }
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  @Test
  void overlapping_groups_at_the_same_time_neither_deadlock_nor_count_twice() {
    List<String> users = List.of("c1", "c2", "c3", "c4", "c5");
    List<NewEvent> events = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      events.add(event(UUID.randomUUID(), "typed", users.get(i % users.size()), true));
    }
    Random random = new Random(7);
    List<Future<Committed>> commits = new ArrayList<>();
    for (int round = 0; round < 10 * CONNECTIONS; round++) {
      Collections.shuffle(events, random);
      commits.add(STORE.commit(List.copyOf(events.subList(0, 200)), SET));
    }
    commits.add(STORE.commit(List.copyOf(events), SET));
    Await.result(Future.all(commits));

    long inserted = commits.stream().mapToLong(c -> c.result().inserted().size()).sum();
    assertThat(inserted).isEqualTo(400);
    assertThat(users).allSatisfy(user -> assertThat(count(user, "typings")).isEqualTo(80));
    assertThat(
            commits.stream()
                .flatMap(commit -> commit.result().readings().stream())
                .filter(reading -> reading.userId().equals("c1"))
                .mapToLong(MeterReading::count)
                .max())
        .hasValue(80);
  }

  /** On the last and the first day of a period of ids, by nodes whose clocks differ. */
  @Test
  void an_id_that_arrives_at_the_same_time_on_both_sides_of_a_border_is_stored_once() {
    LocalDate border = LocalDate.ofEpochDay(35 * 583);
    for (int day = -2; day < 2; day++) {
      Await.result(PARTITIONS.addDay(border.plusDays(day)));
    }
    for (int round = 0; round < 12; round++) {
      LocalDate day = border.plusDays(new int[] {0, 0, -1, 1}[round % 4]);
      long beforeMs = day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli() - 1;
      List<UUID> ids = IntStream.range(0, 200).mapToObj(i -> UUID.randomUUID()).toList();
      List<Future<Committed>> commits = new ArrayList<>();
      for (int node = 0; node < CONNECTIONS; node++) {
        long receivedMs = beforeMs + node % 2;
        List<NewEvent> group =
            ids.stream().map(id -> event(id, "typed", null, true, "{}", receivedMs)).toList();
        commits.add(STORE.commit(group, SET));
      }
      Await.result(Future.all(commits));

      assertThat(commits.stream().mapToInt(commit -> commit.result().inserted().size()).sum())
          .isEqualTo(200);
    }
  }

  @Test
  void an_id_is_known_for_35_days_in_whichever_part_of_a_period_it_arrived() {
    long day = Duration.ofDays(1).toMillis();
    for (int shift = 0; shift < 36; shift++) {
      NewEvent first = event(UUID.randomUUID(), "typed", null, true, "{}", TIME_MS + shift * day);
      NewEvent again =
          event(first.event().eventId(), "typed", null, true, "{}", TIME_MS + (shift + 35) * day);
      Await.result(STORE.commit(List.of(first), SET));

      assertThat(Await.result(STORE.commit(List.of(again), SET)).inserted()).isEmpty();
    }
  }

  @Test
  void what_is_stored_of_an_id_is_known_also_when_another_commit_stores_it_at_this_moment()
      throws SQLException {
    NewEvent event = SomeEvents.clicked("k1");
    UUID id = event.event().eventId();
    Await.result(STORE.commit(List.of(SomeEvents.clicked("k1")), SET));
    Future<Committed> waiting;
    try (Connection connection = DriverManager.getConnection(TestPostgres.jdbcUrl(DATABASE));
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      long period = Duration.ofMillis(TIME_MS).toDays() / 35;
      statement.execute(
          "INSERT INTO ingest.event_id VALUES ('%s', %d, 4711)".formatted(id, period));
      waiting = STORE.commit(List.of(event), SET);
      Await.until(
          "the commit waits for the other one",
          Duration.ofSeconds(10),
          () -> number("SELECT count(*) FROM pg_locks WHERE NOT granted AND ? = ?", "", "") > 0);
      connection.commit();
    }

    assertThat(Await.result(waiting))
        .isEqualTo(new Committed(Set.of(), Map.of(id, 4711L), List.of()));
  }

  @Test
  void an_event_finds_room_on_a_day_for_which_nobody_prepared() {
    long aDayMs = Duration.ofDays(12_345).toMillis();
    List<NewEvent> events =
        List.of(
            event(UUID.randomUUID(), "typed", "far", true, "{}", aDayMs - 1),
            event(UUID.randomUUID(), "typed", "far", true, "{}", aDayMs));

    assertThat(Await.result(STORE.commit(events, SET)).inserted()).hasSize(2);
    assertThat(Await.result(STORE.list(new ListEvents("far", null, 9, null))).items()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "user_id = 'i1'", "name = 'indexed'"})
  void a_page_is_read_in_order_from_an_index_of_the_days_before_the_cursor(String filter)
      throws SQLException {
    List<NewEvent> events =
        IntStream.range(0, 1_000)
            .mapToObj(
                i -> {
                  String name = i % 9 == 0 ? "indexed" : "clicked";
                  long receivedMs = TIME_MS + i * 500_000L;
                  return event(UUID.randomUUID(), name, "i" + i % 50, true, "{}", receivedMs);
                })
            .toList();
    Await.result(STORE.commit(events, SET));
    StringBuilder plan = new StringBuilder();
    try (Connection connection = DriverManager.getConnection(TestPostgres.jdbcUrl(DATABASE));
        Statement statement = connection.createStatement()) {
      statement.execute("ANALYZE ingest.event; SET enable_seqscan = off");
      ResultSet result =
          statement.executeQuery(
              """
              EXPLAIN SELECT * FROM ingest.event WHERE %s AND received_at <= to_timestamp(1764200000)
              AND (received_at, event_id) < (to_timestamp(1764200000), '%s')
              ORDER BY received_at DESC, event_id DESC LIMIT 5
              """
                  .formatted(filter, UUID.randomUUID()));
      while (result.next()) {
        plan.append(result.getString(1)).append('\n');
      }
    }

    assertThat(plan.toString())
        // Only the few events of one arrival are sorted.
        .contains("Index Scan Backward", "Presorted Key: event.received_at", "event_p20251124")
        .doesNotContain("->  Sort ", "Seq Scan", "event_p20251129");
  }

  @Test
  void every_counter_is_the_number_of_distinct_stored_verified_events() {
    Random random = new Random(11);
    List<NewEvent> events = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      String user = random.nextInt(5) == 0 ? null : "d" + random.nextInt(9);
      events.add(event(UUID.randomUUID(), "tapped", user, random.nextInt(4) > 0));
    }
    List<Future<Committed>> commits = new ArrayList<>();
    for (int round = 0; round < 12; round++) {
      Collections.shuffle(events, random);
      commits.add(STORE.commit(List.copyOf(events.subList(0, 250)), SET));
    }
    Await.result(Future.all(commits));

    assertThat(number(MISCOUNTED, "taps", "tapped")).isZero();
    assertThat(
            number(
                "SELECT count(*) FROM growth.usage_counter WHERE meter = ? AND ? <> ''",
                "taps",
                "x"))
        .isEqualTo(9);
  }

  @ParameterizedTest
  @ValueSource(strings = {SomeEvents.POISON, "{\"a\":\"\\ud800\"}", "{\"a\":1e400000}", "{"})
  void what_postgresql_refuses_to_store_is_known_as_poison(String properties) {
    NewEvent event = event(UUID.randomUUID(), "clicked", "p1", true, properties, TIME_MS);

    assertThat(Postgres.isPoison(Await.failure(STORE.commit(List.of(event), SET)))).isTrue();
  }

  @Test
  void a_user_id_of_the_greatest_length_fits_into_the_indexes() {
    List<String> users = List.of("界".repeat(200), "😀".repeat(100), incompressible());
    users.forEach(
        user -> {
          NewEvent event = SomeEvents.clicked(user);
          assertThat(Await.result(STORE.commit(List.of(event), SET)).inserted()).hasSize(1);
          assertThat(count(user, "clicks")).isEqualTo(1);
        });
  }

  private static String incompressible() {
    return new Random(3)
        .ints(200, 0x4E00, 0x9FFF)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "_",
        "1_",
        "x_0190a8b2-7c3d-7e4f-8a5b-6c7d8e9fa0b1",
        "1_1-1-1-1-1",
        "-1_0190a8b2-7c3d-7e4f-8a5b-6c7d8e9fa0b1",
        "9999999999999999_0190a8b2-7c3d-7e4f-8a5b-6c7d8e9fa0b1",
        "1_0190a8b2-7c3d-7e4f-8a5b-6c7d8e9fa0b1 OR true",
      })
  void only_a_cursor_of_the_right_form_reaches_postgresql(String cursor) {
    assertThat(Await.failure(STORE.list(new ListEvents(null, null, 1, cursor))))
        .hasFieldOrPropertyWithValue("code", "invalid_cursor");
  }

  @Test
  void a_cursor_of_the_right_form_that_no_page_gave_is_a_place_like_any_other() {
    String beforeAll = "0_00000000-0000-0000-0000-000000000000";
    String farAway = "999999999999999_ffffffff-ffff-ffff-ffff-ffffffffffff";

    assertThat(Await.result(STORE.list(new ListEvents(null, null, 1, beforeAll))).items())
        .isEmpty();
    assertThat(Await.result(STORE.list(new ListEvents(null, null, 1, farAway))).next())
        .satisfiesAnyOf(next -> assertThat(next).isNull(), next -> assertThat(next).contains("_"));
  }

  @Test
  void a_list_without_a_filter_begins_with_what_came_last() {
    long latestMs = TIME_MS + Duration.ofDays(365).toMillis();
    NewEvent newest = event(UUID.randomUUID(), "clicked", null, false, "{}", latestMs);
    Await.result(STORE.commit(List.of(newest), SET));

    assertThat(Await.result(STORE.list(new ListEvents(null, null, 1, null))).items())
        .extracting(StoredEvent::eventId)
        .containsExactly(newest.event().eventId().toString());
  }

  @Test
  void a_server_that_may_lose_commits_is_warned_about_by_name() {
    assertThat(Await.result(STORE.durabilityWarning()))
        .hasValueSatisfying(warning -> assertThat(warning).contains("fsync").contains("is off"));
  }
}
