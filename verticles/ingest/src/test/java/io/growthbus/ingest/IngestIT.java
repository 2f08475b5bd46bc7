package io.growthbus.ingest;

import static io.growthbus.ingest.EventJson.TIME_MS;
import static io.growthbus.ingest.EventJson.batch;
import static io.growthbus.ingest.EventJson.event;
import static io.growthbus.ingest.EventJson.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.EventPage;
import io.growthbus.shared.message.EventsRecorded;
import io.growthbus.shared.message.ListEvents;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.message.ReadConsent;
import io.growthbus.shared.message.RecordEvents;
import io.growthbus.shared.message.RejectedEvent;
import io.growthbus.shared.message.StoredEvent;
import io.growthbus.shared.message.UserConsent.Said;
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
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The room as the others meet it: over the bus, on a real database. */
class IngestIT {
  private static final String CONFIG =
      """
      {
        "telemetry": {"events": [{"name": "invited", "required_properties": ["role"]}]},
        "meters": [{"key": "api_calls", "event": "api_call"}],
        "consent": {"required": %s},
        "identity": "verified"
      }
      """;

  private static final Vertx VERTX = Vertx.vertx();
  private static final Bus BUS = new Bus(VERTX);
  private static final Live<GrowthConfig> LIVE = new Live<>(config(false));
  private static final PostgresSettings DATABASE = impatient(TestPostgres.freshDatabase());
  private static final List<Advance> ADVANCES = new CopyOnWriteArrayList<>();
  private static final IngestVerticle ROOM = room(BUS, IngestSettings.from(Settings.defaults()));

  /** A counter as announced, and as another connection read it at that moment. */
  private record Advance(MeterReading reading, long committed) {}

  private final String user = "u-" + UUID.randomUUID();

  private static GrowthConfig config(boolean consentRequired) {
    Problems problems = new Problems();
    GrowthConfig config = GrowthConfigReader.read(CONFIG.formatted(consentRequired), problems);
    assertThat(problems.errors()).isEmpty();
    return config;
  }

  private static PostgresSettings impatient(PostgresSettings database) {
    return new PostgresSettings(
        database.uri(), 4, Duration.ofSeconds(2), Duration.ofMillis(300), 64, true);
  }

  /** A room for which it is the time at which these tests send. */
  private static IngestVerticle room(Bus bus, IngestSettings settings) {
    return new IngestVerticle(
        bus, LIVE, settings, DATABASE, () -> Future.succeededFuture(Instant.ofEpochMilli(TIME_MS)));
  }

  @BeforeAll
  static void openTheRoom() {
    execute(
        """
        CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '22023'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON ingest.event FOR EACH ROW
        WHEN (NEW.name = 'refused') EXECUTE FUNCTION public.refuse();
        """);
    Await.result(
        BUS.take(
            Channels.USAGE_ADVANCED,
            advanced ->
                VERTX.executeBlocking(
                    () -> {
                      for (MeterReading reading : advanced.readings()) {
                        ADVANCES.add(new Advance(reading, count(reading.userId())));
                      }
                      return null;
                    })));
    Await.result(VERTX.deployVerticle(ROOM));
  }

  @AfterAll
  static void closeTheRoom() {
    Await.result(VERTX.close());
  }

  @BeforeEach
  void resetTheConfiguration() {
    LIVE.set(config(false));
  }

  private static void execute(String sql) {
    try (Connection connection = connection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  private static Connection connection() throws SQLException {
    return DriverManager.getConnection(TestPostgres.jdbcUrl(DATABASE));
  }

  private static long count(String userId) throws SQLException {
    return number(
        "SELECT coalesce(sum(count), 0) FROM growth.usage_counter WHERE user_id = '"
            + userId
            + "' AND meter = 'api_calls'");
  }

  private static long number(String sql) throws SQLException {
    try (Connection connection = connection();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getLong(1);
    }
  }

  private static Future<EventsRecorded> ask(byte[] body) {
    return BUS.ask(Channels.RECORD_EVENTS, new RecordEvents(body, null, true, TIME_MS));
  }

  private static EventsRecorded record(byte[] body) {
    return Await.result(ask(body));
  }

  private EventsRecorded recordAs(@Nullable String token, boolean trusted, String... events) {
    return Await.result(
        BUS.ask(Channels.RECORD_EVENTS, new RecordEvents(batch(events), token, trusted, TIME_MS)));
  }

  private String call(String... fields) {
    List<String> all = new ArrayList<>(Arrays.asList(fields));
    all.add("\"user_id\":\"" + user + "\"");
    return event(UUID.randomUUID(), all.toArray(String[]::new));
  }

  private List<StoredEvent> stored() {
    return list(new ListEvents(user, null, 1_000, null)).items();
  }

  private static EventPage list(ListEvents query) {
    return Await.result(BUS.ask(Channels.LIST_EVENTS, query));
  }

  private static RoomException refusal(Future<?> asked) {
    return (RoomException) Await.failure(asked);
  }

  private static EventsRecorded recorded(int accepted, int duplicates) {
    return new EventsRecorded(accepted, duplicates, List.of(), 0);
  }

  @Test
  void the_same_batch_five_times_is_stored_and_counted_once() throws SQLException {
    byte[] body = batch(call(), call(), call());

    assertThat(record(body)).isEqualTo(recorded(3, 0));
    for (int again = 0; again < 4; again++) {
      assertThat(record(body)).isEqualTo(recorded(0, 3));
    }
    assertThat(stored()).hasSize(3);
    assertThat(count(user)).isEqualTo(3);
  }

  @Test
  void the_same_batch_many_times_at_once_is_stored_and_counted_once() throws SQLException {
    byte[] body = batch(call(), call());
    List<Future<EventsRecorded>> answers = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      answers.add(ask(body));
    }
    Await.result(Future.all(answers));

    assertThat(answers.stream().mapToInt(answer -> answer.result().accepted()).sum()).isEqualTo(2);
    assertThat(answers.stream().mapToInt(answer -> answer.result().duplicates()).sum())
        .isEqualTo(78);
    assertThat(count(user)).isEqualTo(2);
  }

  @Test
  void an_event_that_is_twice_in_one_batch_is_one_event_and_one_duplicate() throws SQLException {
    String event = call();

    assertThat(record(batch(event, call(), event))).isEqualTo(recorded(2, 1));
    assertThat(count(user)).isEqualTo(2);
  }

  @Test
  void an_empty_batch_is_recorded_as_nothing() {
    assertThat(record(utf8("[]"))).isEqualTo(recorded(0, 0));
  }

  @Test
  void bad_events_of_every_stage_are_rejected_in_order_and_their_neighbours_stored()
      throws SQLException {
    UUID refused = UUID.randomUUID();
    EventsRecorded answer =
        record(
            batch(
                call(),
                "{\"event_id\":\"%s\",\"name\":\"refused\",\"timestamp\":%d}"
                    .formatted(refused, TIME_MS),
                call("\"properties\":{\"a\":\"\\u0000\"}"),
                "{\"event_id\":\"%s\",\"name\":\"invited\",\"timestamp\":%d}"
                    .formatted(UUID.randomUUID(), TIME_MS),
                "{\"event_id\":\"%s\",\"name\":\"api_call\",\"timestamp\":1}"
                    .formatted(UUID.randomUUID()),
                "17",
                call()));

    assertThat(answer.accepted()).isEqualTo(2);
    assertThat(answer.rejected())
        .extracting(RejectedEvent::index, RejectedEvent::code)
        .containsExactly(
            tuple(1, "not_storable"),
            tuple(2, "invalid_text"),
            tuple(3, "required_missing"),
            tuple(4, "timestamp_too_old"),
            tuple(5, "not_an_object"));
    assertThat(answer.rejected().get(0).eventId()).isEqualTo(refused.toString());
    assertThat(count(user)).isEqualTo(2);
  }

  @Test
  void counters_are_announced_when_another_connection_can_already_read_them() {
    record(batch(call(), call()));
    record(batch(call()));
    Await.until(
        "both commits are announced",
        Duration.ofSeconds(10),
        () -> ADVANCES.stream().filter(a -> a.reading().userId().equals(user)).count() == 2);

    assertThat(ADVANCES)
        .filteredOn(advance -> advance.reading().userId().equals(user))
        .allSatisfy(
            advance ->
                assertThat(advance.committed()).isGreaterThanOrEqualTo(advance.reading().count()))
        .extracting(advance -> advance.reading().meter(), advance -> advance.reading().count())
        .containsExactlyInAnyOrder(tuple("api_calls", 2L), tuple("api_calls", 3L));
  }

  @Test
  void who_is_not_proven_is_stored_as_unverified_and_not_counted() throws SQLException {
    assertThat(recordAs(null, false, call())).isEqualTo(recorded(1, 0));
    assertThat(stored()).extracting(StoredEvent::verified).containsExactly(false);
    assertThat(count(user)).isZero();

    recordAs(user, false, call());
    assertThat(count(user)).isEqualTo(1);
    assertThat(recordAs("somebody else", false, call()).rejected())
        .extracting(RejectedEvent::code)
        .containsExactly("identity_mismatch");
    assertThat(stored()).hasSize(2);
  }

  @Test
  void without_consent_nothing_is_stored_and_only_the_number_is_told() {
    EventsRecorded refused = record(batch(call("\"consent\":{\"ads\":false}"), call()));
    assertThat(refused).isEqualTo(new EventsRecorded(1, 0, List.of(), 1));

    LIVE.set(config(true));
    EventsRecorded silent = record(batch(call(), call("\"consent\":{\"ads\":true}")));
    assertThat(silent).isEqualTo(new EventsRecorded(1, 0, List.of(), 1));
    assertThat(stored()).hasSize(2);
  }

  private String named(String name) {
    return call().replace("\"name\":\"api_call\"", "\"name\":\"" + name + "\"");
  }

  @Test
  void what_the_product_records_of_a_crossing_nobody_else_may_send() {
    EventsRecorded forged =
        record(batch(named("$threshold_crossed"), named("activation_threshold_crossed")));

    assertThat(forged.accepted()).isEqualTo(1);
    assertThat(forged.rejected())
        .singleElement()
        .satisfies(
            rejected -> {
              assertThat(rejected.code()).isEqualTo("reserved_name");
              assertThat(rejected.pointer()).isEqualTo("/name");
            });
    assertThat(stored())
        .extracting(StoredEvent::name)
        .containsExactly("activation_threshold_crossed");
  }

  @Test
  void what_the_product_records_has_the_consent_of_what_it_was_found_in() {
    LIVE.set(config(true));
    byte[] body = batch(named("$threshold_crossed"));

    EventsRecorded recorded =
        Await.result(
            BUS.ask(
                Channels.RECORD_EVENTS, new RecordEvents(body, null, true, TIME_MS, false, true)));

    assertThat(recorded).isEqualTo(recorded(1, 0));
    assertThat(stored()).extracting(StoredEvent::name).containsExactly("$threshold_crossed");
  }

  private Map<String, Said> saidBy(String userId) {
    return Await.result(BUS.ask(Channels.READ_CONSENT, new ReadConsent(userId))).purposes();
  }

  @Test
  void what_a_proven_user_says_about_consent_is_kept_also_of_an_event_that_is_not_stored() {
    recordAs(null, false, call("\"consent\":{\"ads\":false}"));
    assertThat(saidBy(user)).isEmpty();

    recordAs(user, false, call("\"consent\":{\"analytics\":true,\"ads\":false}"));
    assertThat(saidBy(user)).isEqualTo(Map.of("analytics", Said.GRANTED, "ads", Said.DENIED));
    assertThat(record(batch(call("\"consent\":{\"analytics\":false}"))).consentDropped())
        .isEqualTo(1);
    assertThat(saidBy(user)).isEqualTo(Map.of("analytics", Said.DENIED, "ads", Said.DENIED));
    recordAs("mallory", false, call("\"consent\":{\"ads\":true}"));
    assertThat(saidBy(user).get("ads")).isEqualTo(Said.DENIED);
  }

  @Test
  void of_the_consent_of_a_batch_and_of_its_events_the_strictest_counts_wherever_it_stands() {
    String events = "[" + call("\"consent\":{\"analytics\":true}") + "," + call() + "]";

    for (String body :
        new String[] {
          "{\"batch\":" + events + ",\"consent\":{\"analytics\":false}}",
          "{\"consent\":{\"analytics\":false},\"batch\":" + events + "}"
        }) {
      assertThat(record(utf8(body))).isEqualTo(new EventsRecorded(0, 0, List.of(), 2));
    }
    assertThat(stored()).isEmpty();

    record(utf8("{\"batch\":" + events + ",\"consent\":{\"analytics\":true,\"ads\":false}}"));
    assertThat(stored())
        .hasSize(2)
        .allSatisfy(
            event ->
                assertThat(event.consent()).isEqualTo(Map.of("analytics", true, "ads", false)));
    assertThatThrownBy(() -> record(utf8("{\"batch\":[],\"consent\":{\"ads\":1}}")))
        .isInstanceOfSatisfying(
            RoomException.class,
            refusal -> {
              assertThat(refusal.code()).isEqualTo("invalid_envelope");
              assertThat(refusal.pointer()).contains("/consent/ads");
            });
  }

  @Test
  void an_alias_of_a_proven_user_makes_the_past_of_an_anonymous_id_that_users_and_counts_nothing()
      throws SQLException {
    String anonymousId = "a-" + UUID.randomUUID();
    String past =
        "{'event_id':'%s','name':'api_call','timestamp':%d,'anonymous_id':'%s'}"
            .formatted(UUID.randomUUID(), TIME_MS, anonymousId)
            .replace('\'', '"');
    String alias =
        "{'event_id':'%s','name':'$alias','timestamp':%d,'user_id':'%s','properties':{'x':[{}],'previousId':'%s'}}"
            .formatted(UUID.randomUUID(), TIME_MS, user, anonymousId)
            .replace('\'', '"');
    record(batch(past));

    recordAs(null, false, alias);
    assertThat(stored()).extracting(StoredEvent::name).containsExactly("$alias");

    record(
        batch(
            alias.replaceFirst(
                "\\{.event_id.:.[0-9a-f-]{36}", "{\"event_id\":\"" + UUID.randomUUID())));
    assertThat(stored())
        .extracting(StoredEvent::name)
        .containsExactlyInAnyOrder("$alias", "$alias", "api_call");
    assertThat(count(user)).isZero();
  }

  private static byte[] sentAt(Object sentAt, String... events) {
    return utf8("{\"sent_at\":%s,\"batch\":[%s]}".formatted(sentAt, String.join(",", events)));
  }

  @Test
  void the_time_of_an_event_is_corrected_by_the_clock_of_its_sender_and_kept_as_sent()
      throws SQLException {
    long fastByMs = Duration.ofHours(3).toMillis();
    String event = call();
    record(sentAt(TIME_MS + fastByMs, event));

    assertThat(stored()).extracting(StoredEvent::timestampMs).containsExactly(TIME_MS - fastByMs);
    assertThat(
            number(
                "SELECT extract(epoch FROM sender_occurred_at) * 1000 FROM ingest.event"
                    + " WHERE user_id = '"
                    + user
                    + "'"))
        .isEqualTo(TIME_MS);
    assertThat(record(sentAt(TIME_MS - fastByMs, event))).isEqualTo(recorded(0, 1));
  }

  @Test
  void the_age_of_an_event_is_judged_by_its_corrected_time() {
    long hourMs = Duration.ofHours(1).toMillis();
    UUID id = UUID.randomUUID();
    String old =
        "{\"event_id\":\"%s\",\"name\":\"api_call\",\"timestamp\":%d}"
            .formatted(id, TIME_MS - Duration.ofDays(30).toMillis());

    assertThat(record(sentAt(TIME_MS + 1, old)).rejected())
        .extracting(RejectedEvent::code)
        .containsExactly("timestamp_too_old");
    assertThat(record(sentAt(TIME_MS - hourMs, old))).isEqualTo(recorded(1, 0));
  }

  @Test
  void a_time_of_sending_that_is_not_believed_changes_nothing() {
    for (Object sentAt : List.of("0", "\"2025-01-01T00:00:00Z\"", "null", "{}", "1e300")) {
      record(sentAt(sentAt, call()));
    }

    assertThat(stored()).hasSize(5).extracting(StoredEvent::timestampMs).containsOnly(TIME_MS);
  }

  @Test
  void a_repetition_that_says_something_else_is_a_duplicate_and_a_conflict() throws SQLException {
    UUID id = UUID.randomUUID();
    String first = event(id, "\"user_id\":\"" + user + "\"");
    String other = event(id, "\"user_id\":\"" + user + "\",\"properties\":{\"a\":1}");

    assertThat(record(batch(first, other, first)))
        .isEqualTo(new EventsRecorded(1, 2, List.of(), 0, 1));
    assertThat(record(batch(other, first))).isEqualTo(new EventsRecorded(0, 2, List.of(), 0, 1));
    assertThat(stored()).extracting(StoredEvent::properties).containsExactly(Map.of());
    assertThat(count(user)).isEqualTo(1);
  }

  @Test
  void a_message_id_is_kept_and_shown() {
    record(batch(call("\"message_id\":\"ajs-next-7\""), call()));

    assertThat(stored())
        .extracting(StoredEvent::messageId)
        .containsExactlyInAnyOrder("ajs-next-7", null);
  }

  @Test
  void stored_events_are_listed_as_they_were_sent() {
    record(batch(call("\"properties\":{\"endpoint\":\"/x\",\"status_code\":200}")));

    assertThat(stored()).hasSize(1);
    StoredEvent event = stored().get(0);
    assertThat(event.name()).isEqualTo("api_call");
    assertThat(event.userId()).isEqualTo(user);
    assertThat(event.receivedAtMs()).isEqualTo(TIME_MS);
    assertThat(event.verified()).isTrue();
    assertThat(event.properties()).isEqualTo(Map.of("endpoint", "/x", "status_code", 200));
  }

  @Test
  void a_refusal_reaches_the_asker_with_its_kind_and_code() {
    String[] many = Collections.nCopies(501, event()).toArray(String[]::new);

    assertThat(refusal(ask(utf8("{"))))
        .returns("invalid_envelope", RoomException::code)
        .returns(ErrorKind.INVALID, RoomException::kind);
    assertThat(refusal(ask(batch(many))))
        .returns("too_many_events", RoomException::code)
        .returns(ErrorKind.TOO_LARGE, RoomException::kind);
    for (int limit : new int[] {0, -1, 1_001}) {
      assertThat(refusal(BUS.ask(Channels.LIST_EVENTS, new ListEvents(null, null, limit, null))))
          .returns("invalid_limit", RoomException::code)
          .returns(ErrorKind.INVALID, RoomException::kind);
    }
    assertThat(refusal(BUS.ask(Channels.LIST_EVENTS, new ListEvents(null, null, 1, "x"))))
        .returns("invalid_cursor", RoomException::code)
        .returns(ErrorKind.INVALID, RoomException::kind);
  }

  @Test
  void while_the_table_is_locked_senders_are_told_to_repeat_and_later_it_works_again()
      throws SQLException {
    byte[] body = batch(call());
    try (Connection connection = connection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("LOCK TABLE ingest.event IN ACCESS EXCLUSIVE MODE");

      assertThat(refusal(ask(body)))
          .returns("store_unavailable", RoomException::code)
          .returns(ErrorKind.UNAVAILABLE, RoomException::kind);
      assertThat(refusal(BUS.ask(Channels.LIST_EVENTS, new ListEvents(null, null, 1, null))))
          .returns("store_unavailable", RoomException::code)
          .returns(ErrorKind.UNAVAILABLE, RoomException::kind);
    }

    assertThat(record(body)).isEqualTo(recorded(1, 0));
  }

  @Test
  void connections_that_are_cut_lose_no_batch_and_count_nothing_twice() throws SQLException {
    List<Future<EventsRecorded>> answers = new ArrayList<>();
    for (int round = 0; round < 10; round++) {
      for (int i = 0; i < 5; i++) {
        answers.add(ask(batch(call())));
      }
      execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE application_name = 'growthbus-ingest' AND datname = current_database()");
    }
    Await.result(Future.join(answers).otherwiseEmpty());

    long acknowledged = answers.stream().filter(Future::succeeded).count();
    assertThat(acknowledged).isPositive();
    assertThat((long) stored().size()).isGreaterThanOrEqualTo(acknowledged);
    assertThat(count(user)).isEqualTo(stored().size());
  }

  @Test
  void a_room_that_is_closed_answers_everyone_whom_it_has_accepted() throws SQLException {
    Vertx vertx = Vertx.vertx();
    Bus bus = new Bus(vertx);
    IngestSettings settings = IngestSettings.from(Settings.defaults());
    String deployment = Await.result(vertx.deployVerticle(room(bus, settings)));
    List<Future<EventsRecorded>> answers = new ArrayList<>();
    Future<Void> closed;
    try (Connection connection = connection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("LOCK TABLE ingest.event IN ACCESS EXCLUSIVE MODE");
      for (int i = 0; i < 10; i++) {
        RecordEvents order = new RecordEvents(batch(call()), null, true, TIME_MS);
        answers.add(bus.ask(Channels.RECORD_EVENTS, order));
      }
      Await.until(
          "a commit waits for the lock", Duration.ofSeconds(10), () -> waitingForALock() > 0);
      closed = vertx.undeploy(deployment);
    }
    Await.result(closed);
    Await.result(Future.all(answers));

    assertThat(answers).allMatch(answer -> answer.result().accepted() == 1);
    assertThat(count(user)).isEqualTo(10);
    Await.result(vertx.close());
  }

  private static long waitingForALock() {
    try (Connection connection = connection();
        Statement statement = connection.createStatement();
        ResultSet result =
            statement.executeQuery("SELECT count(*) FROM pg_locks WHERE NOT granted")) {
      result.next();
      return result.getLong(1);
    } catch (SQLException e) {
      throw new AssertionError("cannot read the locks", e);
    }
  }

  @Test
  void a_server_that_may_lose_commits_is_warned_about_unless_that_is_allowed() {
    Vertx vertx = Vertx.vertx();
    IngestVerticle allowing =
        room(
            new Bus(vertx),
            new IngestSettings(1, 1, 500, 1 << 20, Duration.ofSeconds(5), Duration.ZERO, true));
    Await.result(vertx.deployVerticle(allowing));

    assertThat(ROOM.durabilityWarning()).isPresent();
    assertThat(allowing.durabilityWarning()).isEmpty();
    Await.result(vertx.close());
  }
}
