package io.growthbus.ingest;

import static io.growthbus.ingest.EventJson.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.ingest.store.PgPartitions;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.message.EventsRecorded;
import io.growthbus.shared.message.RecordEvents;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Settings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Months in which everything that was ever sent is sent again every day. */
class RepetitionWindowIT {
  private static final Vertx VERTX = Vertx.vertx();
  private static final Bus BUS = new Bus(VERTX);
  private static final PostgresSettings DATABASE = TestPostgres.freshDatabase();
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final long FIRST_DAY = 1_764_000_000_000L;
  private static final int DAYS = 90;
  private static final int RETENTION = 50;

  /** Days after which no sender can make the room accept the time of an event any more. */
  private static final int LATEST = 33;

  private static final AtomicLong NOW = new AtomicLong(FIRST_DAY);
  private static final StorageUpkeep UPKEEP =
      new StorageUpkeep(
          VERTX,
          new PgPartitions(Postgres.pool(VERTX, DATABASE, "ingest", 1)),
          Duration.ofDays(RETENTION),
          RepetitionWindowIT::now);

  private static Future<Instant> now() {
    return Future.succeededFuture(Instant.ofEpochMilli(NOW.get()));
  }

  @BeforeAll
  static void openTheRoom() {
    GrowthConfig config =
        GrowthConfigReader.read(
            "{\"meters\": [{\"key\": \"calls\", \"event\": \"api_call\"}]}", new Problems());
    Await.result(
        VERTX.deployVerticle(
            new IngestVerticle(
                BUS,
                new Live<>(config),
                IngestSettings.from(Settings.defaults()),
                DATABASE,
                RepetitionWindowIT::now)));
  }

  @AfterAll
  static void closeTheRoom() {
    Await.result(VERTX.close());
  }

  /** Sends from a clock that is ahead by some hours. */
  private static EventsRecorded send(int hoursAhead, List<String> events) {
    long sentAt = NOW.get() + Duration.ofHours(hoursAhead).toMillis();
    byte[] body =
        utf8("{\"sent_at\":%d,\"batch\":[%s]}".formatted(sentAt, String.join(",", events)));
    return Await.result(
        BUS.ask(Channels.RECORD_EVENTS, new RecordEvents(body, null, true, NOW.get())));
  }

  /** An event of the latest time that is accepted from a clock that is a day ahead. */
  private static String latestEvent() {
    return "{\"event_id\":\"%s\",\"name\":\"api_call\",\"user_id\":\"u1\",\"timestamp\":%d}"
        .formatted(UUID.randomUUID(), NOW.get() + 2 * DAY);
  }

  @Test
  void no_repetition_is_ever_counted_and_what_is_kept_for_that_does_not_grow() throws SQLException {
    List<String> sent = new ArrayList<>();
    for (int day = 0; day < DAYS; day++) {
      NOW.set(FIRST_DAY + day * DAY);
      Await.result(UPKEEP.run());
      sent.add(latestEvent());
      assertThat(send(24, sent.subList(day, day + 1)))
          .isEqualTo(new EventsRecorded(1, 0, List.of(), 0));

      // From a clock that makes old events as young as can be; those of two days are too young.
      EventsRecorded again = send(-24, sent);
      int refusedForAge = Math.max(0, day - LATEST);
      assertThat(again.accepted()).isZero();
      assertThat(again.conflicts()).isZero();
      assertThat(again.duplicates()).isEqualTo(Math.max(0, day - 1 - refusedForAge));
      assertThat(again.rejected())
          .filteredOn(rejected -> rejected.code().equals("timestamp_too_old"))
          .hasSize(refusedForAge);
      assertThat(partitionsOf("event_id")).isBetween(1L, 4L);
      assertThat(partitionsOf("event"))
          .isLessThanOrEqualTo(RETENTION + 1 + StorageUpkeep.DAYS_AHEAD);
    }

    assertThat(number("SELECT count FROM growth.usage_counter WHERE user_id = 'u1'"))
        .isEqualTo(DAYS);
    assertThat(number("SELECT count(*) FROM ingest.event")).isEqualTo(RETENTION + 1);
    assertThat(number("SELECT count(DISTINCT event_id) FROM ingest.event_id")).isBetween(36L, 75L);
  }

  private static long partitionsOf(String table) throws SQLException {
    return number(
        "SELECT count(*) FROM pg_inherits WHERE inhparent = 'ingest.%s'::regclass"
            .formatted(table));
  }

  private static long number(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(TestPostgres.jdbcUrl(DATABASE));
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getLong(1);
    }
  }
}
