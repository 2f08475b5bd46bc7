package io.growthbus.flags;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.flags.store.PgFlagStore;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.message.EvaluateFlag;
import io.growthbus.shared.message.EvaluateFlags;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagAnswers;
import io.growthbus.shared.message.FlagReport;
import io.growthbus.shared.message.FlagSet;
import io.growthbus.shared.message.FlagsChanged;
import io.growthbus.shared.message.ReadFlagReport;
import io.growthbus.shared.message.ReadFlagSet;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.CapturedLog;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlagsVerticleIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final FlagsSettings OFTEN = new FlagsSettings(Duration.ofMillis(100));
  private static final FlagsSettings NEVER = new FlagsSettings(Duration.ofHours(1));

  @TempDir Path folder;
  private final PostgresSettings database = TestPostgres.freshDatabase();
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final List<Long> announced = new CopyOnWriteArrayList<>();
  private final Live<GrowthConfig> config =
      new Live<>(file(flag("all", 100), flag("half", 50), flag("lubricants", 49)));

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  private void start(FlagsSettings settings) {
    Await.result(bus.hear(Channels.FLAGS_CHANGED, change -> announced.add(change.revision())));
    Await.result(vertx.deployVerticle(new FlagsVerticle(bus, config, settings, database)));
  }

  private static FlagDefinition flag(String key, double rollout) {
    return new FlagDefinition(key, true, rollout, List.of("named"), Surface.CLIENT);
  }

  private static GrowthConfig file(FlagDefinition... flags) {
    GrowthConfig empty = GrowthConfigReader.read("{}", new Problems());
    return new GrowthConfig(
        empty.telemetry(),
        Flags.of(List.of(flags)),
        empty.entitlements(),
        empty.meters(),
        empty.activation(),
        empty.consent(),
        empty.privacy(),
        empty.identity());
  }

  /** An answer of a flag that has changed with the last revision, or that does not exist. */
  private static FlagAnswer answer(
      boolean value, @Nullable String variant, String reason, long revision) {
    return new FlagAnswer(
        value, variant, reason, revision, null, variant == null ? 0 : revision, null);
  }

  private FlagAnswer evaluate(String key, String userId) {
    return Await.result(bus.ask(Channels.EVALUATE_FLAG, new EvaluateFlag(key, userId, null)));
  }

  private void changeBehindTheBus(FlagDefinition... flags) {
    PgFlagStore other = new PgFlagStore(Postgres.pool(vertx, database, "flags", 1));
    Await.result(other.follow(Flags.of(List.of(flags))));
    Await.result(other.close());
  }

  /** Takes the database away from everyone, or gives it back. */
  private void setReachable(boolean reachable) throws SQLException {
    String url = TestPostgres.jdbcUrl(database);
    String name = url.substring(url.lastIndexOf('/') + 1, url.indexOf('?'));
    try (Connection connection =
            DriverManager.getConnection(url.replace("/" + name + "?", "/postgres?"));
        Statement statement = connection.createStatement()) {
      statement.execute("ALTER DATABASE " + name + " ALLOW_CONNECTIONS " + reachable);
      statement.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'");
    }
  }

  @Test
  void a_service_asks_for_one_flag_over_the_bus() {
    start(NEVER);

    assertThat(evaluate("all", "u1")).isEqualTo(answer(true, "on", "STATIC", 1));
    assertThat(evaluate("half", "named")).isEqualTo(answer(true, "on", "TARGETING_MATCH", 1));
    assertThat(evaluate("lubricants", "polygene")).isEqualTo(answer(true, "on", "SPLIT", 1));
    assertThat(evaluate("other", "u1")).isEqualTo(answer(false, null, "FLAG_NOT_FOUND", 1));
  }

  @Test
  void a_service_without_the_products_types_asks_in_plain_json() {
    start(NEVER);
    JsonObject question = new JsonObject().put("key", "all").put("userId", "u1");

    Object answer =
        Await.result(vertx.eventBus().request("growthbus.flags.evaluate", question)).body();

    assertThat(answer)
        .isEqualTo(
            new JsonObject()
                .put("value", true)
                .put("variant", "on")
                .put("reason", "STATIC")
                .put("revision", 1)
                .put("flagRevision", 1));
  }

  @Test
  void plain_json_without_a_key_is_refused_as_invalid() {
    start(NEVER);

    assertThat(
            Await.failure(vertx.eventBus().request("growthbus.flags.evaluate", new JsonObject())))
        .hasMessageStartingWith("invalid_message");
  }

  @Test
  void several_flags_are_answered_from_one_revision_all_of_them_when_none_is_named() {
    start(NEVER);

    FlagAnswers all =
        Await.result(bus.ask(Channels.EVALUATE_FLAGS, new EvaluateFlags("polygene", null, null)));
    FlagAnswers named =
        Await.result(
            bus.ask(
                Channels.EVALUATE_FLAGS,
                new EvaluateFlags("named", null, List.of("half", "other"))));

    assertThat(all.answers()).containsOnlyKeys("all", "half", "lubricants");
    assertThat(all.answers()).containsEntry("lubricants", answer(true, "on", "SPLIT", 1));
    assertThat(named.answers().keySet()).containsExactly("half", "other");
    assertThat(named.answers())
        .containsEntry("half", answer(true, "on", "TARGETING_MATCH", 1))
        .containsEntry("other", answer(false, null, "FLAG_NOT_FOUND", 1));
    assertThat(all.answers().values()).allMatch(answer -> answer.revision() == all.revision());
  }

  @Test
  void the_definitions_are_given_with_their_revision_sorted_by_key() {
    start(NEVER);

    assertThat(Await.result(bus.ask(Channels.READ_FLAG_SET, new ReadFlagSet())))
        .isEqualTo(
            new FlagSet(
                1,
                List.of(flag("all", 100), flag("half", 50), flag("lubricants", 49)),
                null,
                null,
                Map.of("all", 1L, "half", 1L, "lubricants", 1L)));
  }

  @Test
  void whoever_has_the_revision_already_is_not_sent_the_definitions_again() {
    start(NEVER);

    assertThat(Await.result(bus.ask(Channels.READ_FLAG_SET, new ReadFlagSet(1))))
        .isEqualTo(new FlagSet(1, List.of()));
    assertThat(Await.result(bus.ask(Channels.READ_FLAG_SET, new ReadFlagSet(0))).flags())
        .hasSize(3);
  }

  @Test
  void a_change_of_the_file_is_answered_and_announced_once_it_is_stored() {
    start(NEVER);

    config.set(file(flag("all", 0)));

    Await.until("it is announced", SOON, () -> announced.contains(2L));
    assertThat(evaluate("all", "u1")).isEqualTo(answer(false, "off", "STATIC", 2));
    assertThat(evaluate("half", "u1").reason()).isEqualTo("FLAG_NOT_FOUND");
    assertThat(announced).containsExactly(1L, 2L);
  }

  @Test
  void of_several_files_in_a_row_the_last_one_wins() {
    start(NEVER);

    for (int rollout = 1; rollout <= 30; rollout++) {
      config.set(file(flag("all", rollout)));
    }

    Await.until("the last is announced", SOON, () -> announced.contains(31L));
    assertThat(Await.result(bus.ask(Channels.READ_FLAG_SET, new ReadFlagSet())))
        .isEqualTo(new FlagSet(31, List.of(flag("all", 30)), null, null, Map.of("all", 31L)));
  }

  @Test
  void a_start_with_a_file_that_is_stored_already_announces_nothing() {
    changeBehindTheBus(config.get().flags().definitions().toArray(FlagDefinition[]::new));
    start(NEVER);
    // The order of broadcasts is kept, so the second would follow the first.
    bus.publish(Channels.FLAGS_CHANGED, new FlagsChanged(0));

    Await.until("the marker is heard", SOON, () -> announced.contains(0L));
    assertThat(announced).containsExactly(0L);
    assertThat(evaluate("all", "u1").revision()).isEqualTo(1);
  }

  @Test
  void a_revision_that_another_node_announces_is_read() {
    start(NEVER);
    changeBehindTheBus(flag("all", 0));
    assertThat(evaluate("all", "u1").revision()).isEqualTo(1);

    bus.publish(Channels.FLAGS_CHANGED, new FlagsChanged(2));

    Await.until("it is read", SOON, () -> evaluate("all", "u1").revision() == 2);
    assertThat(evaluate("all", "u1").value()).isEqualTo(false);
  }

  @Test
  void a_revision_whose_broadcast_was_lost_is_found_by_polling() {
    start(OFTEN);
    changeBehindTheBus(flag("all", 0));

    Await.until("it is found", SOON, () -> evaluate("all", "u1").revision() == 2);
    assertThat(evaluate("all", "u1").value()).isEqualTo(false);
    assertThat(announced).containsExactly(1L);
  }

  @Test
  void questions_are_answered_while_the_database_is_gone_and_the_file_is_stored_afterwards()
      throws SQLException {
    try (CapturedLog log = CapturedLog.of(FlagLoading.class)) {
      start(OFTEN);
      setReachable(false);
      config.set(file(flag("all", 0)));
      Await.until(
          "the loss is logged",
          SOON,
          () -> log.entries().stream().anyMatch(entry -> entry.level().equals("ERROR")));

      assertThat(evaluate("all", "u1")).isEqualTo(answer(true, "on", "STATIC", 1));
      assertThat(Await.result(bus.ask(Channels.READ_FLAG_SET, new ReadFlagSet())).flags())
          .hasSize(3);

      setReachable(true);
      Await.until("the file is stored", SOON, () -> announced.contains(2L));
      assertThat(evaluate("all", "u1")).isEqualTo(answer(false, "off", "STATIC", 2));
    }
  }

  @Test
  void a_start_without_the_database_fails() throws SQLException {
    setReachable(false);

    Throwable failure =
        Await.failure(vertx.deployVerticle(new FlagsVerticle(bus, config, NEVER, database)));

    assertThat(failure).hasMessageContaining("not currently accepting connections");
  }

  @Test
  void a_page_learns_the_value_of_a_remote_flag_and_nothing_of_one_of_the_server() {
    config.set(
        GrowthConfigReader.read(
            """
            {"flags": {"definitions": [
              {"key": "asked", "enabled": true, "rollout_percentage": 100, "evaluation": "remote"},
              {"key": "hidden", "enabled": false, "evaluation": "server"},
              {"key": "needs_asked", "prerequisites": [{"flag": "asked", "variants": ["off"]}], "enabled": true},
              {"key": "needs_hidden", "prerequisites": [{"flag": "hidden"}], "enabled": true}]}}""",
            new Problems()));
    start(NEVER);

    FlagAnswers page =
        Await.result(bus.ask(Channels.EVALUATE_FLAGS, new EvaluateFlags("u1", null, null, true)));
    FlagAnswer alone =
        Await.result(
            bus.ask(Channels.EVALUATE_FLAG, new EvaluateFlag("needs_hidden", "u1", null, true)));

    assertThat(page.answers()).containsOnlyKeys("asked", "needs_asked", "needs_hidden");
    assertThat(answer(page, "asked").value()).isEqualTo(true);
    assertThat(answer(page, "needs_asked").rule()).isEqualTo("asked");
    assertThat(answer(page, "needs_hidden").reason()).isEqualTo("PREREQUISITE_FAILED");
    assertThat(answer(page, "needs_hidden").rule()).isNull();
    assertThat(alone).isEqualTo(answer(page, "needs_hidden"));
    assertThat(evaluate("needs_hidden", "u1").rule()).isEqualTo("hidden");
  }

  private static FlagAnswer answer(FlagAnswers answers, String key) {
    return Objects.requireNonNull(answers.answers().get(key));
  }

  private LastGoodPlace place() {
    return new LastGoodPlace(folder.resolve("flags.json"), "db");
  }

  private FlagsVerticle withFile(PostgresSettings postgres) {
    return new FlagsVerticle(bus, config, OFTEN, postgres, place());
  }

  /** Runs the room once, so that there is a file. */
  private void runOnce() {
    Await.result(vertx.deployVerticle(withFile(database)).compose(id -> vertx.undeploy(id)));
  }

  private FlagSet definitions() {
    return Await.result(bus.ask(Channels.READ_FLAG_SET, new ReadFlagSet()));
  }

  @Test
  void
      a_room_that_starts_while_the_database_is_down_serves_the_file_and_then_what_the_database_has() {
    runOnce();
    Promise<Boolean> migrated = Promise.promise();
    FlagsVerticle room = withFile(database.onceMigrated(migrated.future()));
    Await.result(bus.hear(Channels.FLAGS_CHANGED, change -> announced.add(change.revision())));
    Await.result(vertx.deployVerticle(room));

    assertThat(evaluate("all", "u1"))
        .isEqualTo(new FlagAnswer(true, "on", "STATIC", 1, null, 1, null));
    assertThat(definitions().flags()).hasSize(3);
    assertThat(room.warning().orElseThrow()).contains("last-good file, revision 1, saved at 2");
    config.set(file(flag("all", 0)));

    migrated.complete(true);
    Await.until("it is read", SOON, () -> evaluate("all", "u1").revision() == 2);
    assertThat(evaluate("all", "u1").value()).isEqualTo(false);
    assertThat(room.warning()).isEmpty();
    Await.until("it is announced", SOON, () -> announced.contains(2L));
    Await.until(
        "the file follows",
        SOON,
        () -> LastGoodFile.read(place()).orElseThrow().snapshot().revision() == 2);
  }

  @Test
  void the_database_takes_over_also_when_nothing_has_changed_meanwhile() {
    runOnce();
    Promise<Boolean> migrated = Promise.promise();
    FlagsVerticle room = withFile(database.onceMigrated(migrated.future()));
    Await.result(vertx.deployVerticle(room));

    migrated.complete(true);

    Await.until("it takes over", SOON, () -> room.warning().isEmpty());
    assertThat(evaluate("all", "u1"))
        .isEqualTo(new FlagAnswer(true, "on", "STATIC", 1, null, 1, null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "{\"format\":1}\n{}\n"})
  void without_a_good_file_a_start_without_the_database_fails(String text) throws IOException {
    if (!text.isEmpty()) {
      Files.writeString(place().file(), text);
    }
    Promise<Boolean> never = Promise.promise();

    Throwable failure =
        Await.failure(vertx.deployVerticle(withFile(database.onceMigrated(never.future()))));

    assertThat(failure).hasMessage("PostgreSQL has not been reached yet");
  }

  @Test
  void the_file_does_not_name_who_was_erased() throws SQLException, IOException {
    Await.result(vertx.deployVerticle(withFile(database)));
    Await.until("it is written", SOON, () -> place().isThere());
    assertThat(Files.readString(place().file())).contains("\"named\"");

    try (Connection connection = DriverManager.getConnection(TestPostgres.jdbcUrl(database));
        Statement statement = connection.createStatement()) {
      statement.execute(
          "SELECT growth.order_erasure('named', gen_random_uuid(), true, interval '0')");
    }

    Await.until(
        "the file follows",
        SOON,
        () -> LastGoodFile.read(place()).orElseThrow().snapshot().revision() == 2);
    assertThat(Files.readString(place().file())).doesNotContain("named");
  }

  @Test
  void a_key_that_is_asked_for_and_is_no_flag_is_reported_with_who_asks() {
    start(NEVER);
    evaluate("all", "u1");
    evaluate("exprot", "u1");
    evaluate("ada@example.com", "u1");
    Await.result(
        bus.ask(
            Channels.EVALUATE_FLAGS,
            new EvaluateFlags("u1", null, List.of("all", "exprot"), true)));

    FlagReport report = Await.result(bus.ask(Channels.READ_FLAG_REPORT, new ReadFlagReport()));

    assertThat(report.stale()).isEmpty();
    assertThat(report.unknown())
        .singleElement()
        .satisfies(
            unknown -> {
              assertThat(unknown.key()).isEqualTo("exprot");
              assertThat(unknown.count()).isEqualTo(2);
              assertThat(unknown.byClient()).isTrue();
              assertThat(unknown.byServer()).isTrue();
            });
  }
}
