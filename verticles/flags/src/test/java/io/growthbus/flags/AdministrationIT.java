package io.growthbus.flags;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.domain.FieldProblem;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.Definition;
import io.growthbus.shared.flags.Definition.Kind;
import io.growthbus.shared.message.ApplyDefinitions;
import io.growthbus.shared.message.AuditEntry;
import io.growthbus.shared.message.AuditPage;
import io.growthbus.shared.message.DefinitionChange;
import io.growthbus.shared.message.DefinitionItem;
import io.growthbus.shared.message.DefinitionItem.Source;
import io.growthbus.shared.message.DefinitionList;
import io.growthbus.shared.message.DefinitionsApplied;
import io.growthbus.shared.message.DeleteDefinition;
import io.growthbus.shared.message.EvaluateFlag;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.ListAudit;
import io.growthbus.shared.message.ListDefinitions;
import io.growthbus.shared.message.MeterList;
import io.growthbus.shared.message.MeterState;
import io.growthbus.shared.message.PutDefinition;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What operators order, over the bus, on a real database. */
class AdministrationIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final String FILE =
      """
      {"flags": {"evaluator": "server", "definitions": [
        {"key": "of_file", "enabled": true, "rollout_percentage": 10, "target_users": ["ada"]}]}}
      """;

  private final PostgresSettings database = TestPostgres.freshDatabase();
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final Live<GrowthConfig> config = new Live<>(config(FILE));
  private final List<Long> announced = new CopyOnWriteArrayList<>();
  private String deployment = "";

  private static GrowthConfig config(String file) {
    Problems problems = new Problems();
    GrowthConfig read = GrowthConfigReader.read(file, problems);
    assertThat(problems.errors()).isEmpty();
    return read;
  }

  @BeforeEach
  void start() {
    Await.result(bus.hear(Channels.FLAGS_CHANGED, change -> announced.add(change.revision())));
    deployment =
        Await.result(
            vertx.deployVerticle(
                new FlagsVerticle(bus, config, new FlagsSettings(Duration.ofHours(1)), database)));
  }

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  private Future<DefinitionChange> order(Kind kind, String key, String json, @Nullable Long match) {
    return bus.ask(
        Channels.PUT_DEFINITION,
        new PutDefinition(kind, key, json.replace('\'', '"'), match, "operator"));
  }

  private DefinitionChange put(Kind kind, String key, String json) {
    return Await.result(order(kind, key, json, null));
  }

  private Future<DefinitionChange> remove(Kind kind, String key) {
    return bus.ask(Channels.DELETE_DEFINITION, new DeleteDefinition(kind, key, null, "operator"));
  }

  private static RoomException refusal(Future<?> order) {
    return (RoomException) Await.failure(order);
  }

  private DefinitionItem flag(String key) {
    DefinitionList found =
        Await.result(bus.ask(Channels.LIST_DEFINITIONS, new ListDefinitions(Kind.FLAG, key)));
    return found.items().get(0);
  }

  private List<AuditEntry> audit(@Nullable String kind) {
    AuditPage page =
        Await.result(bus.ask(Channels.LIST_AUDIT, new ListAudit(kind, null, null, 1_000, null)));
    return page.items();
  }

  private FlagAnswer evaluate(String key, String userId) {
    return Await.result(bus.ask(Channels.EVALUATE_FLAG, new EvaluateFlag(key, userId, null)));
  }

  private void execute(String sql) throws SQLException {
    String url = TestPostgres.jdbcUrl(database);
    String name = url.substring(url.lastIndexOf('/') + 1, url.indexOf('?'));
    try (Connection connection =
            DriverManager.getConnection(url.replace("/" + name + "?", "/postgres?"));
        Statement statement = connection.createStatement()) {
      statement.execute(sql.replace("NAME", name));
    }
  }

  @Test
  void a_flag_that_is_put_answers_at_once_and_says_who_acts_by_it_since_when() {
    long before = System.currentTimeMillis();
    DefinitionChange change =
        put(Kind.FLAG, "beta", "{'enabled': true, 'rollout_percentage': 100}");

    assertThat(evaluate("beta", "u1"))
        .isEqualTo(
            new FlagAnswer(true, "on", "STATIC", change.revision(), null, change.revision(), null));
    assertThat(change.changed()).isTrue();
    assertThat(change.nodes()).containsExactly(bus.node());
    assertThat(change.pending()).isEmpty();
    assertThat(change.appliedAtMs().get(bus.node())).isBetween(before, System.currentTimeMillis());
    DefinitionItem item = Objects.requireNonNull(change.item());
    assertThat(item.source()).isEqualTo(Source.API);
    assertThat(new JsonObject(item.definition()).getString("evaluation")).isEqualTo("server");
    Await.until("it is announced", SOON, () -> announced.contains(change.revision()));
  }

  @Test
  void the_same_definition_again_makes_no_revision_and_no_entry_in_the_audit() {
    DefinitionChange first = put(Kind.FLAG, "beta", "{'rollout_percentage': 5}");
    int entries = audit(null).size();

    DefinitionChange again =
        put(Kind.FLAG, "beta", "{'key': 'beta', 'enabled': false, 'rollout_percentage': 5.0}");

    assertThat(again.changed()).isFalse();
    assertThat(again.revision()).isEqualTo(first.revision());
    assertThat(audit(null)).hasSize(entries);
  }

  @Test
  void what_was_shown_can_be_put_back_as_it_came() {
    put(Kind.SEGMENT, "staff", "{'if': [{'attribute': 'plan', 'values': ['free', 1.5, true]}]}");
    String definition =
        """
        {'enabled': true, 'bucketing': 'murmur3', 'variants': {'x': {'a': [1, 2.5]}, 'y': {}},
         'on': 'x', 'off': 'y', 'split': {'x': 12.345},
         'rules': [{'key': 'r', 'if': [{'segment': 'staff', 'not': true}], 'rollout_percentage': 0.5,
                    'variant': 'x'}]}
        """;
    put(Kind.FLAG, "long", definition);
    DefinitionItem shown = flag("long");
    JsonObject body = new JsonObject(shown.definition()).put("source", "api").put("updated_at", 1);

    assertThat(put(Kind.FLAG, "long", body.encode()).changed()).isFalse();
    assertThat(flag("long")).isEqualTo(shown);
  }

  @Test
  void a_flag_of_the_file_that_is_put_follows_the_file_no_more_until_it_is_deleted() {
    long revision = flagRevision();
    DefinitionChange taken = put(Kind.FLAG, "of_file", flag("of_file").definition());
    assertThat(taken.changed()).isTrue();
    assertThat(taken.revision()).isEqualTo(revision);
    assertThat(audit("flag").get(0).after()).contains("\"source\": \"api\"");

    config.set(config(FILE.replace("10", "20")));
    put(Kind.FLAG, "marker", "{}");
    assertThat(flag("of_file").definition()).contains("\"rollout_percentage\":10");

    DefinitionChange freed = Await.result(remove(Kind.FLAG, "of_file"));
    DefinitionItem back = Objects.requireNonNull(freed.item());
    assertThat(back.source()).isEqualTo(Source.FILE);
    assertThat(back.definition()).contains("\"rollout_percentage\":20");
    assertThat(refusal(remove(Kind.FLAG, "of_file")).code()).isEqualTo("flag_in_file");
  }

  private long flagRevision() {
    return Await.result(bus.ask(Channels.LIST_DEFINITIONS, new ListDefinitions(null, null)))
        .revision();
  }

  @Test
  void everything_that_is_wrong_is_told_at_once_with_pointers_and_nothing_is_changed() {
    RoomException refusal =
        refusal(
            order(
                Kind.FLAG,
                "bad",
                "{'key': 'other', 'rollout_percentage': 101, 'colour': 1, 'rules': [{'key': 'r', 'if': [{'attribute': 'a', 'operator': 'like'}]}]}",
                null));

    assertThat(refusal.code()).isEqualTo("invalid_field");
    assertThat(refusal.problems())
        .extracting(FieldProblem::pointer)
        .containsExactlyInAnyOrder(
            "/key", "/rollout_percentage", "/colour", "/rules/0/if/0/operator");
    assertThat(refusal(order(Kind.FLAG, "bad", "{", null)).problems()).hasSize(1);
    assertThat(refusal(order(Kind.FLAG, "bad", "{'target_users': ['a\\u0000b']}", null)).problems())
        .hasSize(1);
    assertThat(refusal(order(Kind.FLAG, "a b", "{}", null)).code()).isEqualTo("invalid_key");
    assertThat(
            refusal(bus.ask(Channels.LIST_DEFINITIONS, new ListDefinitions(Kind.FLAG, "bad")))
                .code())
        .isEqualTo("unknown_flag");
  }

  @Test
  void a_meter_that_cannot_be_looked_up_is_no_error_of_the_definition() {
    String onMeter = "{'if': [{'attribute': 'usage.calls', 'operator': 'exists'}%s]}";

    assertThat(refusal(order(Kind.SEGMENT, "s", onMeter.formatted(""), null)).code())
        .isEqualTo("store_unavailable");
    RoomException sure =
        refusal(
            order(
                Kind.SEGMENT,
                "s",
                onMeter.formatted(", {'attribute': 'limits.none', 'operator': 'exists'}"),
                null));
    assertThat(sure.code()).isEqualTo("invalid_field");
    assertThat(sure.problems())
        .extracting(FieldProblem::pointer)
        .containsExactly("/if/1/attribute");
    assertThat(
            refusal(
                    bus.ask(
                        Channels.APPLY_DEFINITIONS,
                        new ApplyDefinitions(
                            ("{'flags': {'segments': [{'key': 's', "
                                    + onMeter.formatted("").substring(1)
                                    + "]}}")
                                .replace('\'', '"'),
                            null,
                            true,
                            "operator")))
                .code())
        .isEqualTo("store_unavailable");

    MeterState calls = new MeterState("calls", "{}", MeterState.Source.API, 1, null);
    Await.result(
        bus.answer(
            Channels.LIST_METERS,
            question -> Future.succeededFuture(new MeterList(1, List.of(calls)))));
    assertThat(put(Kind.SEGMENT, "s", onMeter.formatted("")).changed()).isTrue();
    assertThat(
            refusal(order(Kind.SEGMENT, "s", onMeter.replace("calls", "other").formatted(""), null))
                .code())
        .isEqualTo("invalid_field");
  }

  @Test
  void a_change_that_expects_another_revision_is_refused() {
    DefinitionChange first = put(Kind.HOLDOUT, "q4", "{'percentage': 5}");

    assertThat(refusal(order(Kind.HOLDOUT, "q4", "{}", first.revision() - 1)).code())
        .isEqualTo("revision_mismatch");
    assertThat(
            Await.result(order(Kind.HOLDOUT, "q4", "{'percentage': 6}", first.revision()))
                .revision())
        .isEqualTo(first.revision() + 1);
  }

  @Test
  void simultaneous_changes_are_made_one_after_the_other_and_each_has_its_entry() {
    List<Future<DefinitionChange>> orders = new ArrayList<>();
    for (int i = 1; i <= 10; i++) {
      orders.add(order(Kind.FLAG, "f" + i % 4, "{'rollout_percentage': " + i + "}", null));
    }
    List<Long> revisions = orders.stream().map(Await::result).map(c -> c.revision()).toList();

    assertThat(revisions).doesNotHaveDuplicates();
    assertThat(audit("flag"))
        .filteredOn(entry -> entry.actor().equals("operator"))
        .extracting(AuditEntry::revision)
        .containsExactlyElementsOf(
            revisions.stream().sorted((a, b) -> Long.compare(b, a)).toList());
  }

  @Test
  void the_audit_says_who_changed_what_from_what_to_what() {
    put(Kind.FLAG, "beta", "{}");
    put(Kind.FLAG, "beta", "{'enabled': true}");
    Await.result(remove(Kind.FLAG, "beta"));

    List<AuditEntry> entries = audit("flag");
    assertThat(entries)
        .extracting(entry -> entry.actor() + " " + entry.action() + " " + entry.key())
        .containsExactly(
            "operator removed beta",
            "operator changed beta",
            "operator added beta",
            "file added of_file");
    assertThat(entries.get(0).after()).isNull();
    assertThat(new JsonObject(entries.get(1).before()).getBoolean("enabled")).isFalse();
    assertThat(new JsonObject(entries.get(1).after()).getBoolean("enabled")).isTrue();
    assertThat(entries.get(2).before()).isNull();
    assertThat(entries.get(0).atMs()).isGreaterThanOrEqualTo(entries.get(1).atMs());

    AuditPage first =
        Await.result(
            bus.ask(Channels.LIST_AUDIT, new ListAudit("flag", "beta", "operator", 2, null)));
    AuditPage last =
        Await.result(
            bus.ask(
                Channels.LIST_AUDIT, new ListAudit("flag", "beta", "operator", 2, first.next())));
    assertThat(first.items()).isEqualTo(entries.subList(0, 2));
    assertThat(last.items()).isEqualTo(entries.subList(2, 3));
    assertThat(last.next()).isNull();
  }

  @Test
  void a_document_is_applied_in_one_step_and_a_dry_run_changes_nothing() {
    put(Kind.FLAG, "old", "{}");
    put(Kind.SEGMENT, "staff", "{'if': []}");
    long revision = flagRevision();
    String document =
        """
        {"telemetry": {}, "flags": {"definitions": [
           {"key": "of_file", "enabled": true, "rollout_percentage": 30},
           {"key": "new", "rules": [{"key": "r", "if": [{"segment": "staff"}]}]}]}}
        """;

    DefinitionsApplied dry = apply(document, true);
    assertThat(dry.changes())
        .extracting(change -> change.action() + " " + change.key() + " " + change.fields())
        .containsExactly(
            "added new []",
            "changed of_file [evaluation, rollout_percentage, source, target_users]",
            "removed old []");
    assertThat(dry.warnings()).hasSize(1).first().asString().contains("telemetry");
    assertThat(flagRevision()).isEqualTo(revision);

    DefinitionsApplied done = apply(document, false);
    assertThat(done.changes()).isEqualTo(dry.changes());
    assertThat(done.revision()).isEqualTo(revision + 1);
    assertThat(done.nodes()).containsExactly(bus.node());
    assertThat(apply(document, false).changes()).isEmpty();
    assertThat(audit("segment")).hasSize(1);
  }

  private DefinitionsApplied apply(String document, boolean dryRun) {
    return Await.result(
        bus.ask(
            Channels.APPLY_DEFINITIONS, new ApplyDefinitions(document, null, dryRun, "operator")));
  }

  @Test
  void edits_are_refused_while_the_database_is_gone_and_questions_are_answered()
      throws SQLException {
    put(Kind.FLAG, "beta", "{'enabled': true, 'rollout_percentage': 100}");
    execute("ALTER DATABASE NAME CONNECTION LIMIT 0");
    execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'NAME'");

    assertThat(refusal(order(Kind.FLAG, "beta", "{}", null)).code()).isEqualTo("store_unavailable");
    assertThat(refusal(remove(Kind.FLAG, "beta")).code()).isEqualTo("store_unavailable");
    assertThat(evaluate("beta", "u1").value()).isEqualTo(true);

    execute("ALTER DATABASE NAME CONNECTION LIMIT -1");
    assertThat(put(Kind.FLAG, "beta", "{}").changed()).isTrue();
    assertThat(evaluate("beta", "u1").value()).isEqualTo(false);
  }

  @Test
  void what_is_doubtful_is_stored_and_told() {
    put(Kind.FLAG, "abcd", "{'enabled': true, 'rollout_percentage': 10}");
    DefinitionChange change =
        put(
            Kind.FLAG,
            "efgh",
            "{'enabled': true, 'rollout_percentage': 20, 'target_users': ['enterprise_trial']}");

    assertThat(change.warnings())
        .hasSize(2)
        .anyMatch(warning -> warning.startsWith("/target_users") && warning.contains("literally"))
        .anyMatch(warning -> warning.startsWith("/key") && warning.contains("abcd"));
  }

  @Test
  void the_file_is_followed_no_more_when_the_room_has_stopped() {
    Await.result(vertx.undeploy(deployment));

    config.set(config("{}"));

    assertThat(config.get().flags().definitions()).isEmpty();
    assertThat(announced).hasSizeLessThanOrEqualTo(1);
  }

  @Test
  void a_file_that_changes_while_the_first_one_is_stored_is_followed() throws SQLException {
    Await.result(vertx.undeploy(deployment));
    config.set(config(FILE.replace("10", "15")));
    FlagsVerticle room =
        new FlagsVerticle(bus, config, new FlagsSettings(Duration.ofHours(1)), database);
    Future<String> starting;
    try (Connection connection = DriverManager.getConnection(TestPostgres.jdbcUrl(database));
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("SELECT revision FROM flags.revision FOR UPDATE");
      starting = vertx.deployVerticle(room);
      Await.until("the first file waits", SOON, () -> isSomebodyWaiting(statement));
      config.set(config(FILE.replace("10", "100")));
      connection.commit();
    }

    Await.result(starting);
    Await.until(
        "the new file is in force", SOON, () -> evaluate("of_file", "u1").value().equals(true));
  }

  private static boolean isSomebodyWaiting(Statement statement) {
    try (ResultSet waiting =
        statement.executeQuery(
            "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")) {
      return waiting.next();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void kinds_are_listed_apart_and_together() {
    put(Kind.SEGMENT, "x", "{'if': []}");
    put(Kind.HOLDOUT, "x", "{}");

    DefinitionList all =
        Await.result(bus.ask(Channels.LIST_DEFINITIONS, new ListDefinitions(null, null)));
    assertThat(all.items())
        .extracting(item -> item.kind() + " " + item.key())
        .containsExactlyInAnyOrder("FLAG of_file", "SEGMENT x", "HOLDOUT x");
    for (Definition.Kind kind : Kind.values()) {
      assertThat(
              Await.result(bus.ask(Channels.LIST_DEFINITIONS, new ListDefinitions(kind, null)))
                  .items())
          .hasSize(1);
    }
  }
}
