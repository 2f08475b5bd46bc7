package io.growthbus.ingest;

import static io.growthbus.ingest.EventJson.TIME_MS;
import static io.growthbus.ingest.EventJson.batch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.growthbus.ingest.core.privacy.PersonalData;
import io.growthbus.ingest.core.privacy.PersonalData.Kind;
import io.growthbus.ingest.store.PgQuarantineStore;
import io.growthbus.ingest.store.QuarantineStore;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.EventsRecorded;
import io.growthbus.shared.message.ListQuarantine;
import io.growthbus.shared.message.ListQuarantineGroups;
import io.growthbus.shared.message.QuarantineGroup;
import io.growthbus.shared.message.QuarantineReplayed;
import io.growthbus.shared.message.QuarantineSelector;
import io.growthbus.shared.message.QuarantinedEvent;
import io.growthbus.shared.message.RecordEvents;
import io.growthbus.shared.message.ReplayQuarantine;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Refused events over the bus, on a real database, with two nodes. */
class QuarantineIT {
  private static final String CONFIG =
      """
      {
        "telemetry": {"events": [{"name": "invited", "required_properties": [%s]}]},
        "meters": [{"key": "invitations", "event": "invited"}],
        "consent": {"required": %s},
        "identity": "verified"
      }
      """;

  private static final List<Kind> KINDS = List.of(Kind.values());
  private static final Vertx VERTX = Vertx.vertx();
  private static final Vertx OTHER_VERTX = Vertx.vertx();
  private static final Bus BUS = new Bus(VERTX);
  private static final Bus OTHER = new Bus(OTHER_VERTX);
  private static final Live<GrowthConfig> LIVE = new Live<>(config("\"role\"", false));
  private static final PostgresSettings DATABASE = TestPostgres.freshDatabase();
  private static final QuarantineSelector INVITED =
      new QuarantineSelector("invited", null, null, null);

  private static GrowthConfig config(String required, boolean consentRequired) {
    Problems problems = new Problems();
    GrowthConfig config =
        GrowthConfigReader.read(CONFIG.formatted(required, consentRequired), problems);
    assertThat(problems.errors()).isEmpty();
    return config;
  }

  private static IngestVerticle room(Bus bus, PostgresSettings database) {
    return new IngestVerticle(
        bus,
        LIVE,
        new IngestSettings(
            2,
            1_000,
            20_000,
            32 << 20,
            Duration.ofSeconds(5),
            Duration.ZERO,
            true,
            false,
            new QuarantineSettings(Duration.ofDays(30), 20, 400)),
        database,
        () -> Future.succeededFuture(Instant.ofEpochMilli(TIME_MS)));
  }

  private static final IngestVerticle ROOM = room(BUS, DATABASE);

  @BeforeAll
  static void openTheRooms() {
    execute(
        """
        CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '22023'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON ingest.event FOR EACH ROW
        WHEN (NEW.name = 'refused') EXECUTE FUNCTION public.refuse();
        """);
    Await.result(VERTX.deployVerticle(ROOM));
    Await.result(OTHER_VERTX.deployVerticle(room(OTHER, DATABASE)));
  }

  @AfterAll
  static void close() {
    Await.result(VERTX.close());
    Await.result(OTHER_VERTX.close());
  }

  @BeforeEach
  void empty() {
    LIVE.set(config("\"role\"", false));
    execute(
        "DELETE FROM ingest.quarantine; DELETE FROM ingest.quarantine_overflow;"
            + "DELETE FROM ingest.usage");
  }

  private static Connection connection() throws SQLException {
    return DriverManager.getConnection(TestPostgres.jdbcUrl(DATABASE));
  }

  private static void execute(String sql) {
    try (Connection connection = connection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  private static long number(String sql) {
    try (Connection connection = connection();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getLong(1);
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  private static long counter() {
    return number("SELECT coalesce(sum(count), 0) FROM growth.usage_counter");
  }

  private static Future<EventsRecorded> send(@Nullable String user, boolean trusted, byte[] body) {
    return BUS.ask(Channels.RECORD_EVENTS, new RecordEvents(body, user, trusted, TIME_MS));
  }

  private static EventsRecorded record(String... events) {
    return Await.result(send(null, true, batch(events)));
  }

  private static String invited(UUID id, String more) {
    return "{\"event_id\":\"%s\",\"name\":\"invited\",\"timestamp\":%d,\"user_id\":\"ada\"%s}"
        .formatted(id, TIME_MS, more);
  }

  private static String bad(UUID id) {
    return invited(id, "");
  }

  private static List<QuarantinedEvent> kept() {
    return Await.result(
            BUS.ask(
                Channels.LIST_QUARANTINE,
                new ListQuarantine(
                    new QuarantineSelector(null, null, null, everyId()), 1_000, null)))
        .items();
  }

  private static List<Long> everyId() {
    try (Connection connection = connection();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("SELECT id FROM ingest.quarantine")) {
      List<Long> ids = new ArrayList<>();
      while (result.next()) {
        ids.add(result.getLong(1));
      }
      return ids;
    } catch (SQLException e) {
      throw new AssertionError("the ids", e);
    }
  }

  private static List<QuarantineGroup> groups() {
    return Await.result(
            BUS.ask(Channels.LIST_QUARANTINE_GROUPS, new ListQuarantineGroups(1_000, null)))
        .items();
  }

  private static Future<QuarantineReplayed> ask(Bus bus, boolean dryRun) {
    return bus.ask(
        Channels.REPLAY_QUARANTINE,
        new ReplayQuarantine(INVITED, 10_000, 0, dryRun, TIME_MS + 1_000));
  }

  private static QuarantineReplayed replay() {
    return Await.result(ask(BUS, false));
  }

  private static void fix() {
    LIVE.set(config("", false));
  }

  @Test
  void every_class_of_refusal_is_kept_once_with_its_reason_and_the_good_ones_are_stored() {
    String id = "\"event_id\":\"" + UUID.randomUUID() + "\"";
    String head = "{" + id + ",\"name\":\"x\",\"timestamp\":" + TIME_MS;
    String huge = "y".repeat(40_000);
    EventsRecorded answer =
        record(
            invited(UUID.randomUUID(), ",\"properties\":{\"role\":\"dev\"}"),
            bad(UUID.randomUUID()),
            "{" + id + ",\"name\":\"refused\",\"timestamp\":" + TIME_MS + "}",
            "{" + id + ",\"name\":\"x\",\"timestamp\":1}",
            "{" + id + ",\"name\":\"x\",\"timestamp\":4111111111111}",
            "17",
            head + ",\"user_id\":17}",
            head + ",\"properties\":{\"a\":\"\\u0000\"}}",
            head + ",\"properties\":{\"\\ud800\":1e999999999999}}",
            head + ",\"properties\":{\"a\":1e999999999999}}",
            head + ",\"properties\":{\"a\":" + "[".repeat(3_000) + "]".repeat(3_000) + "}}",
            head + ",\"name\":\"x\"}",
            "{\"event_id\":\"no\",\"name\":\"x\",\"timestamp\":1}",
            head + ",\"properties\":{\"a\":\"" + huge + "\"}}");

    assertThat(answer.accepted()).isEqualTo(1);
    assertThat(kept())
        .extracting(QuarantinedEvent::code, QuarantinedEvent::pointer)
        .containsExactlyInAnyOrderElementsOf(
            answer.rejected().stream().map(why -> tuple(why.code(), why.pointer())).toList())
        .hasSize(13);
    assertThat(kept())
        .filteredOn(event -> !event.replayable())
        .singleElement()
        .satisfies(event -> assertThat(event.content().length()).isLessThan(3_000));
  }

  @Test
  void the_same_bad_event_five_times_at_once_is_one_row() {
    UUID id = UUID.randomUUID();
    Await.result(
        Future.all(
            IntStream.range(0, 5)
                .mapToObj(
                    i ->
                        (i % 2 == 0 ? BUS : OTHER)
                            .ask(
                                Channels.RECORD_EVENTS,
                                new RecordEvents(batch(bad(id)), null, true, TIME_MS + i)))
                .toList()));

    assertThat(kept()).singleElement().returns(5L, QuarantinedEvent::count);
    assertThat(groups())
        .singleElement()
        .returns(5L, QuarantineGroup::count)
        .returns(1L, QuarantineGroup::kept)
        .returns(0L, QuarantineGroup::notKept);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        ",\"consent\":{\"ads\":false}|false",
        ",\"consent\":{\"ads\":false,\"ads\":true}|false",
        ",\"consent\":{\"ads\":false},\"user_id\":{}|false",
        ",\"consent\":{\"ads\":false},\"consent\":{\"ads\":true}|false",
        "|true",
        ",\"consent\":{\"ads\":true,\"x\":7}|true",
        ",\"consent\":7,\"properties\":7|true"
      })
  void nothing_is_kept_of_an_event_without_consent(@Nullable String more, boolean required) {
    LIVE.set(config("\"role\"", required));
    String fields = more == null ? "" : more;
    record(bad(UUID.randomUUID()).replace("}", "") + fields + "}");
    record(
        "{\"name\":\"x\",\"event_id\":7,\"timestamp\":1" + fields + "}",
        "{\"name\":\"x\",\"event_id\":\""
            + UUID.randomUUID()
            + "\",\"timestamp\":1"
            + fields
            + "}");

    assertThat(kept()).isEmpty();
    assertThat(groups()).isEmpty();
  }

  @Test
  void of_an_illegible_consent_only_the_number_is_kept_and_of_a_false_user_nothing() {
    record(invited(UUID.randomUUID(), ",\"consent\":{\"ads\":\"no\"}"));
    Await.result(
        send(
            "eve",
            false,
            batch(bad(UUID.randomUUID()), invited(UUID.randomUUID(), ",\"properties\":7"))));

    assertThat(kept()).isEmpty();
    assertThat(groups())
        .singleElement()
        .returns("wrong_type", QuarantineGroup::code)
        .returns(1L, QuarantineGroup::notKept);
  }

  @Test
  void a_replay_after_a_fix_stores_and_counts_once() {
    record(bad(UUID.randomUUID()), bad(UUID.randomUUID()));
    assertThat(replay())
        .returns(0, QuarantineReplayed::replayed)
        .returns(2, QuarantineReplayed::refused)
        .returns(2L, QuarantineReplayed::remaining);
    fix();

    assertThat(Await.result(ask(BUS, true))).returns(2, QuarantineReplayed::replayed);
    assertThat(counter()).isZero();
    assertThat(replay()).isEqualTo(new QuarantineReplayed(2, 0, 0, 0, List.of(), 0, null));
    assertThat(replay()).isEqualTo(new QuarantineReplayed(0, 0, 0, 0, List.of(), 0, null));
    assertThat(counter()).isEqualTo(2);
    assertThat(groups()).isEmpty();
  }

  @Test
  void replays_on_two_nodes_at_once_count_once() {
    for (int i = 0; i < 20; i++) {
      record(bad(UUID.randomUUID()));
    }
    fix();
    List<Future<QuarantineReplayed>> answers =
        IntStream.range(0, 6).mapToObj(i -> ask(i % 2 == 0 ? BUS : OTHER, false)).toList();
    Await.result(Future.all(answers));

    assertThat(answers.stream().mapToInt(answer -> answer.result().replayed()).sum()).isEqualTo(20);
    assertThat(counter()).isEqualTo(20);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void in_any_order_of_sending_fixing_and_replaying_an_event_counts_once(long seed) {
    Random random = new Random(seed);
    UUID id = UUID.randomUUID();
    String good = invited(id, ",\"properties\":{\"role\":\"dev\"}");
    for (int step = 0; step < 12; step++) {
      switch (random.nextInt(5)) {
        case 0 -> record(bad(id));
        case 1 -> record(good);
        case 2 -> fix();
        case 3 -> Await.result(Future.all(ask(BUS, false), ask(OTHER, false)));
        default -> LIVE.set(config("\"role\"", false));
      }
      assertThat(counter()).isLessThanOrEqualTo(1);
    }
    record(bad(id));
    fix();
    replay();
    assertThat(counter()).isEqualTo(1);
    assertThat(kept()).isEmpty();
  }

  @Test
  void an_event_whose_id_was_stored_before_is_a_duplicate_even_when_its_id_is_forgotten() {
    UUID id = UUID.randomUUID();
    record(invited(id, ",\"properties\":{\"role\":\"dev\"}"));
    record(bad(id));
    execute("DELETE FROM ingest.event_id WHERE event_id = '" + id + "'");
    fix();

    assertThat(replay()).isEqualTo(new QuarantineReplayed(0, 1, 0, 0, List.of(), 0, null));
    assertThat(counter()).isEqualTo(1);
  }

  @Test
  void who_was_not_proven_on_arrival_counts_nothing_and_who_was_does() {
    Await.result(send(null, false, batch(bad(UUID.randomUUID()))));
    LIVE.set(
        GrowthConfigReader.read(
            CONFIG.formatted("", false).replace("verified", "open"), new Problems()));
    assertThat(replay().replayed()).isEqualTo(1);
    assertThat(counter()).isZero();

    LIVE.set(config("\"role\"", false));
    Await.result(send("ada", false, batch(bad(UUID.randomUUID()))));
    fix();
    assertThat(replay().replayed()).isEqualTo(1);
    assertThat(counter()).isEqualTo(1);
  }

  @Test
  void an_event_that_lacks_consent_by_now_is_deleted() {
    record(bad(UUID.randomUUID()));
    LIVE.set(config("", true));

    assertThat(replay()).isEqualTo(new QuarantineReplayed(0, 0, 1, 0, List.of(), 0, null));
    assertThat(kept()).isEmpty();
  }

  @Test
  void over_the_bound_only_numbers_grow_and_past_the_retention_nothing_is_left() {
    long before = ROOM.notKeptEvents();
    for (int i = 0; i < 30; i++) {
      record(bad(UUID.randomUUID()));
    }

    assertThat(kept()).hasSize(20);
    assertThat(groups())
        .singleElement()
        .returns(30L, QuarantineGroup::count)
        .returns(20L, QuarantineGroup::kept)
        .returns(10L, QuarantineGroup::notKept);
    assertThat(ROOM.notKeptEvents()).isEqualTo(before + 10);
    execute("UPDATE ingest.quarantine SET received_at = received_at - interval '31 days'");
    fix();
    assertThat(replay().replayed()).isZero();
    QuarantineStore store =
        new PgQuarantineStore(Postgres.pool(VERTX, DATABASE, "ingest", 1), 1, 1);
    Await.result(store.expire(Instant.ofEpochMilli(TIME_MS), Duration.ofDays(30)));
    assertThat(kept()).isEmpty();
    assertThat(groups()).singleElement().returns(0L, QuarantineGroup::kept);
    Await.result(store.expire(Instant.ofEpochMilli(TIME_MS).plusSeconds(1), Duration.ZERO));
    assertThat(groups()).isEmpty();
  }

  @Test
  void while_the_quarantine_cannot_be_written_senders_are_told_to_repeat_and_nothing_is_lost()
      throws SQLException {
    UUID good = UUID.randomUUID();
    byte[] body =
        batch(invited(good, ",\"properties\":{\"role\":\"dev\"}"), bad(UUID.randomUUID()));
    try (Connection connection = connection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("LOCK TABLE ingest.quarantine IN ACCESS EXCLUSIVE MODE");
      RoomException refusal = (RoomException) Await.failure(send(null, true, body));
      assertThat(refusal.code()).isIn("commit_timeout", "store_unavailable");
    }

    assertThat(Await.result(send(null, true, body)))
        .returns(1, EventsRecorded::duplicates)
        .satisfies(answer -> assertThat(answer.rejected()).hasSize(1));
    assertThat(kept()).hasSize(1);
    assertThat(counter()).isEqualTo(1);
  }

  @Test
  void personal_data_of_a_refused_event_is_in_no_row() {
    PersonalData data = new PersonalData(new Random(11));
    List<String> planted = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      String secret = data.some(KINDS.get(i % KINDS.size()));
      String text = "see " + secret + ", please";
      JsonObject event =
          new JsonObject().put("event_id", UUID.randomUUID().toString()).put("timestamp", 1);
      switch (i % 6) {
        case 0 -> event.put("name", text + "!");
        case 1 -> event.put("name", "x").put("properties", text);
        case 2 -> event.put("name", "x").put("context", new JsonObject().put("a", text));
        case 3 -> event.put("name", "x").put("user_id", new JsonObject().put("a", text));
        case 4 -> event.put("name", "x" + i).put("properties", new JsonObject().put("a", text));
        default -> event.put("name", "x" + i).put("event_id", text).put(text, 1);
      }
      planted.add(secret);
      record(event.encode());
    }
    String rows = kept().toString() + groups();

    assertThat(rows).contains("please");
    assertThat(planted).filteredOn(rows::contains).isEmpty();
  }
}
