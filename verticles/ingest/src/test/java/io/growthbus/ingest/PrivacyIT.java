package io.growthbus.ingest;

import static io.growthbus.ingest.EventJson.TIME_MS;
import static io.growthbus.ingest.EventJson.batch;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import io.growthbus.ingest.PrivacyFixture.Planted;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.message.EventsRecorded;
import io.growthbus.shared.message.RecordEvents;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Settings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Vertx;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Personal data that comes in is in no row of any table and in no line of the log afterwards. */
class PrivacyIT {
  private static final int BATCH = 150;

  private static final Vertx VERTX = Vertx.vertx();
  private static final Bus BUS = new Bus(VERTX);
  private static final Live<GrowthConfig> LIVE = new Live<>(config("floor"));
  private static final PostgresSettings DATABASE = TestPostgres.freshDatabase();
  private static final IngestVerticle ROOM =
      new IngestVerticle(BUS, LIVE, IngestSettings.from(Settings.defaults()), DATABASE);
  private static final List<String> LOG = new CopyOnWriteArrayList<>();
  private static final Logger ROOT = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  private static final Logger COMMITS = (Logger) LoggerFactory.getLogger(GroupCommit.class);
  private static final AppenderBase<ILoggingEvent> APPENDER =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent line) {
          LOG.add(
              line.getFormattedMessage()
                  + (line.getThrowableProxy() == null
                      ? ""
                      : ThrowableProxyUtil.asString(line.getThrowableProxy())));
        }
      };

  private static GrowthConfig config(String mode) {
    return GrowthConfigReader.read(
        "{\"identity\":\"open\",\"privacy\":{\"mode\":\"" + mode + "\"}}", new Problems());
  }

  @BeforeAll
  static void openTheRoom() throws SQLException {
    APPENDER.start();
    ROOT.addAppender(APPENDER);
    // Silent in other tests.
    COMMITS.setLevel(Level.TRACE);
    try (Connection connection = connection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'refused: % %', NEW.user_id, NEW USING ERRCODE = '22023'; END $$;
          CREATE TRIGGER refuse BEFORE INSERT ON ingest.event FOR EACH ROW
          WHEN (NEW.name = 'refused') EXECUTE FUNCTION public.refuse();
          """);
    }
    Await.result(VERTX.deployVerticle(ROOM));
  }

  @AfterAll
  static void closeTheRoom() {
    Await.result(VERTX.close());
    ROOT.detachAppender(APPENDER);
    COMMITS.setLevel(Level.OFF);
  }

  private static Connection connection() throws SQLException {
    return DriverManager.getConnection(TestPostgres.jdbcUrl(DATABASE));
  }

  private static EventsRecorded record(String... events) {
    return Await.result(
        BUS.ask(Channels.RECORD_EVENTS, new RecordEvents(batch(events), null, true, TIME_MS)));
  }

  /** Every row of every table of the database, as text. */
  private static String everyRow() throws SQLException {
    StringBuilder rows = new StringBuilder();
    try (Connection connection = connection();
        Statement statement = connection.createStatement()) {
      List<String> tables = new ArrayList<>();
      try (ResultSet names =
          statement.executeQuery(
              """
              SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables
              WHERE table_type = 'BASE TABLE'
                AND table_schema NOT IN ('pg_catalog', 'information_schema')
              """)) {
        while (names.next()) {
          tables.add(names.getString(1));
        }
      }
      assertThat(tables).contains("ingest.event");
      for (String table : tables) {
        try (ResultSet result = statement.executeQuery("SELECT t::text FROM " + table + " t")) {
          while (result.next()) {
            rows.append(result.getString(1)).append('\n');
          }
        }
      }
    }
    return rows.toString();
  }

  @Test
  void nothing_that_was_planted_is_in_any_row_of_any_table_or_in_the_log() throws SQLException {
    List<Planted> planted = new PrivacyFixture(7).events(14 * BATCH, TIME_MS);
    for (int i = 0; i < planted.size(); i += BATCH) {
      EventsRecorded answer =
          record(planted.subList(i, i + BATCH).stream().map(Planted::json).toArray(String[]::new));
      assertThat(answer.accepted()).isEqualTo(BATCH);
    }
    String rows = everyRow();
    String log = String.join("\n", LOG);

    assertThat(planted).allMatch(event -> rows.contains(event.id().toString()));
    assertThat(planted.stream().flatMap(event -> event.secrets().stream()))
        .filteredOn(secret -> rows.contains(secret) || log.contains(secret))
        .isEmpty();
  }

  @Test
  void an_event_that_postgresql_refuses_is_logged_by_its_state_and_its_id_only()
      throws SQLException {
    String id = "0190a8b2-7c3d-7e4f-8a5b-000000000001";
    EventsRecorded answer =
        record(
            """
            {"event_id":"%s","name":"refused","timestamp":%d,"user_id":"eve@example.com",
             "properties":{"note":"harmless words"}}"""
                .formatted(id, TIME_MS));

    assertThat(answer.rejected()).hasSize(1);
    assertThat(answer.toString()).doesNotContain("eve@").doesNotContain("harmless words");
    assertThat(LOG).anyMatch(line -> line.contains(id) && line.contains("SQLSTATE 22023"));
    assertThat(LOG).noneMatch(line -> line.contains("eve@") || line.contains("harmless words"));
    assertThat(everyRow()).contains(id);
  }

  @Test
  void a_changed_mode_holds_from_the_next_batch_on_and_dropped_properties_are_counted()
      throws SQLException {
    String event = "{\"event_id\":\"%s\",\"name\":\"plain\",\"timestamp\":%d,\"properties\":%s}";
    long before = ROOM.droppedProperties();
    record(
        event.formatted("0190a8b2-7c3d-7e4f-8a5b-000000000002", TIME_MS, "{\"first\":\"kept\"}"));
    assertThat(ROOM.droppedProperties()).isEqualTo(before);
    LIVE.set(config("allow_list"));
    record(
        event.formatted(
            "0190a8b2-7c3d-7e4f-8a5b-000000000003", TIME_MS, "{\"second\":1,\"third\":2}"));
    LIVE.set(config("floor"));

    assertThat(everyRow())
        .contains("first", "kept")
        .doesNotContain("second")
        .doesNotContain("third");
    assertThat(ROOM.droppedProperties()).isEqualTo(before + 2);
  }
}
