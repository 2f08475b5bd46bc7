package io.growthbus.activation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.erasure.Suppression;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.message.DefinitionItem.Source;
import io.growthbus.shared.message.DeleteRule;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.FlagSet;
import io.growthbus.shared.message.ListRules;
import io.growthbus.shared.message.MeterList;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.message.MeterState;
import io.growthbus.shared.message.PromptRaised;
import io.growthbus.shared.message.PromptRetracted;
import io.growthbus.shared.message.PutRule;
import io.growthbus.shared.message.RuleChange;
import io.growthbus.shared.message.RuleList;
import io.growthbus.shared.message.RuleState;
import io.growthbus.shared.message.UsageAdvanced;
import io.growthbus.shared.message.UserConsent;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.CapturedLog;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.net.ServerSocket;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rules of the file and of operators, as rooms over one database act by them. */
class RulesIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration NEVER = Duration.ofMinutes(5);
  private static final Duration OFTEN = Duration.ofMillis(50);

  private final TestDatabase database = new TestDatabase();
  private final Live<GrowthConfig> config = new Live<>(file("'threshold': 3"));
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final List<PromptRaised> raised = new CopyOnWriteArrayList<>();
  private final List<PromptRetracted> retracted = new CopyOnWriteArrayList<>();

  /** A file with one rule. */
  private static GrowthConfig file(String rule) {
    return config("{'key': 'of_file', 'meter': 'projects', " + rule + "}");
  }

  private static GrowthConfig config(String rules) {
    Problems problems = new Problems();
    GrowthConfig read =
        GrowthConfigReader.read(
            ("{'meters': [{'key': 'projects', 'event': 'p'}], 'activation': {'rules': ["
                    + rules
                    + "]}}")
                .replace('\'', '"'),
            problems);
    assertThat(problems.errors()).isEmpty();
    return read;
  }

  @BeforeEach
  void listen() {
    Await.result(bus.hear(Channels.PROMPT_RAISED, raised::add));
    Await.result(bus.hear(Channels.PROMPT_RETRACTED, retracted::add));
    answerEntitlements(bus);
  }

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  private static void answerEntitlements(Bus bus) {
    Await.result(
        bus.answer(
            Channels.READ_CONSENT, question -> Future.succeededFuture(new UserConsent(Map.of()))));
    Await.result(
        bus.answer(
            Channels.RESOLVE_ENTITLEMENT,
            question ->
                Future.succeededFuture(
                    new Entitlement(
                        question.userId(),
                        "free",
                        Map.of(),
                        List.of(),
                        List.of(),
                        0,
                        Entitlement.State.FRESH,
                        "none",
                        null,
                        null,
                        0))));
  }

  private void start(Duration sweep) {
    start(vertx, bus, database.settings(), sweep);
  }

  private void start(Vertx on, Bus over, PostgresSettings postgres, Duration sweep) {
    ActivationSettings settings = new ActivationSettings(sweep, Duration.ofSeconds(10), NEVER, 100);
    PostgresSettings small =
        new PostgresSettings(
            postgres.uri(),
            1,
            Duration.ofMillis(500),
            postgres.statementTimeout(),
            64,
            postgres.roomRoles());
    Await.result(on.deployVerticle(new ActivationVerticle(over, config, settings, small)));
  }

  private void answerMeters(String... keys) {
    Await.result(
        bus.answer(
            Channels.LIST_METERS,
            question ->
                Future.succeededFuture(
                    new MeterList(
                        1, List.of(keys).stream().map(key -> meter(key, "user")).toList()))));
  }

  private static MeterState meter(String key, String subject) {
    return new MeterState(
        key, "{\"event\":\"e\",\"subject\":\"" + subject + "\"}", MeterState.Source.API, 1, null);
  }

  private void answerFlags(String... keys) {
    Await.result(
        bus.answer(
            Channels.READ_FLAG_SET,
            question ->
                Future.succeededFuture(
                    new FlagSet(
                        0,
                        List.of(keys).stream()
                            .map(
                                key ->
                                    new FlagDefinition(key, true, 100, List.of(), Surface.SERVER))
                            .toList()))));
  }

  private Future<RuleChange> order(String key, String definition) {
    return bus.ask(
        Channels.PUT_RULE, new PutRule(key, definition.replace('\'', '"'), null, "operator"));
  }

  private RuleChange put(String key, String definition) {
    return Await.result(order(key, definition));
  }

  private RoomException refusal(Future<?> future) {
    return (RoomException) Await.failure(future);
  }

  private RuleList rules() {
    return Await.result(bus.ask(Channels.LIST_RULES, new ListRules(null)));
  }

  private void advance(String user, long count) {
    bus.send(Channels.USAGE_ADVANCED, new UsageAdvanced(List.of(reading(user, count))));
  }

  private static MeterReading reading(String user, long count) {
    return new MeterReading(user, "projects", count, null, System.currentTimeMillis());
  }

  private List<String> rulesRaisedFor(String user) {
    return raised.stream()
        .filter(prompt -> prompt.userId().equals(user))
        .map(prompt -> prompt.prompt().rule())
        .toList();
  }

  private String audit(String columns) {
    try {
      return database.value(
          "SELECT string_agg(concat_ws(' ', "
              + columns
              + "), '; ' ORDER BY id) FROM growth.audit WHERE kind = 'rule'");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void the_rules_of_the_file_are_stored_once_and_in_the_audit() {
    start(NEVER);

    assertThat(rules().revision()).isEqualTo(1);
    assertThat(rules().rules())
        .extracting(RuleState::key, RuleState::source)
        .containsExactly(tuple("of_file", Source.FILE));
    assertThat(audit("actor, action, key, revision")).isEqualTo("file added of_file 1");
  }

  @Test
  void a_rule_of_an_operator_raises_its_prompt_as_soon_as_the_answer_is_there() {
    start(NEVER);
    RuleChange change = put("two", "{'key': 'two', 'meter': 'projects', 'threshold': 2}");

    assertThat(change.revision()).isEqualTo(2);
    assertThat(change.changed()).isTrue();
    assertThat(change.nodes()).containsExactly(bus.node());
    assertThat(change.pending()).isEmpty();
    assertThat(change.warnings()).isEmpty();
    advance("u", 2);
    Await.until("it is raised", SOON, () -> rulesRaisedFor("u").equals(List.of("two")));
    RuleState shown =
        Await.result(bus.ask(Channels.LIST_RULES, new ListRules("two"))).rules().get(0);
    assertThat(new JsonObject(shown.definition()).getString("meter")).isEqualTo("projects");
    assertThat(shown.source()).isEqualTo(Source.API);
    assertThat(shown.updatedAtMs()).isNotNull();
  }

  @Test
  void the_same_again_makes_no_new_revision_and_every_change_is_audited_with_before_and_after() {
    start(NEVER);
    put("two", "{'meter': 'projects', 'threshold': 2}");
    put("two", "{'meter': 'projects', 'thresholds': [2], 'source': 'api', 'updated_at': 1}");
    RuleChange again = put("two", "{'meter': 'projects', 'threshold': 2}");
    RuleChange other = put("two", "{'meter': 'projects', 'threshold': 4}");

    assertThat(again.changed()).isFalse();
    assertThat(again.revision()).isEqualTo(2);
    assertThat(other.revision()).isEqualTo(3);
    assertThat(audit("actor, action, key, revision"))
        .isEqualTo("file added of_file 1; operator added two 2; operator changed two 3");
    assertThat(audit("coalesce(before ->> 'threshold', '-'), coalesce(after ->> 'threshold', '-')"))
        .endsWith("- 2; 2 4");
  }

  @Test
  void an_edited_rule_asks_nobody_again_until_its_epoch_is_raised() {
    start(NEVER);
    put("two", "{'meter': 'projects', 'threshold': 2}");
    advance("u", 2);
    Await.until("it is raised", SOON, () -> rulesRaisedFor("u").equals(List.of("two")));

    put("two", "{'meter': 'projects', 'threshold': 1, 'title': 'Another one'}");
    advance("u", 2);
    advance("last", 2);
    Await.until("it is raised", SOON, () -> rulesRaisedFor("last").equals(List.of("two")));
    assertThat(rulesRaisedFor("u")).hasSize(1);

    put("two", "{'meter': 'projects', 'threshold': 1, 'epoch': 1}");
    advance("u", 2);
    Await.until("it is raised again", SOON, () -> rulesRaisedFor("u").size() == 2);
  }

  @Test
  void taking_a_rule_over_from_the_file_is_no_new_revision() {
    start(NEVER);
    RuleChange change = put("of_file", "{'meter': 'projects', 'threshold': 3}");

    assertThat(change.changed()).isTrue();
    assertThat(change.revision()).isEqualTo(1);
    assertThat(rules().rules().get(0).source()).isEqualTo(Source.API);
    assertThat(audit("actor, action")).isEqualTo("file added; operator changed");
  }

  @Test
  void everything_that_is_wrong_with_a_definition_is_said_with_its_place() {
    start(NEVER);
    RoomException refusal =
        refusal(order("two", "{'key': 'three', 'threshold': 0, 'colour': 'red'}"));

    assertThat(refusal.code()).isEqualTo("invalid_field");
    assertThat(refusal.problems())
        .extracting(problem -> problem.pointer())
        .contains("/key", "/threshold", "/colour", "/meter");
    assertThat(refusal(order("no key", "{}")).code()).isEqualTo("invalid_key");
    assertThat(rules().revision()).isEqualTo(1);
  }

  @Test
  void an_order_that_expects_another_revision_is_refused() {
    start(NEVER);
    String definition = "{\"meter\":\"projects\",\"threshold\":2}";

    assertThat(
            refusal(bus.ask(Channels.PUT_RULE, new PutRule("two", definition, 7L, "operator")))
                .code())
        .isEqualTo("revision_mismatch");
    assertThat(
            refusal(bus.ask(Channels.DELETE_RULE, new DeleteRule("of_file", 7L, "operator")))
                .code())
        .isEqualTo("revision_mismatch");
    assertThat(
            Await.result(bus.ask(Channels.PUT_RULE, new PutRule("two", definition, 1L, "operator")))
                .revision())
        .isEqualTo(2);
  }

  @Test
  void what_an_operator_has_defined_outlives_the_reload_of_the_file_and_then_the_file_applies() {
    start(NEVER);
    put("of_file", "{'meter': 'projects', 'threshold': 2}");
    config.set(file("'threshold': 9"));
    put("later", "{'meter': 'projects', 'threshold': 100}");

    assertThat(thresholdOf("of_file")).isEqualTo("2");
    Await.result(bus.ask(Channels.DELETE_RULE, new DeleteRule("of_file", null, "operator")));
    assertThat(thresholdOf("of_file")).isEqualTo("9");
    assertThat(
            refusal(bus.ask(Channels.DELETE_RULE, new DeleteRule("of_file", null, "operator")))
                .code())
        .isEqualTo("rule_in_file");
    config.set(config(""));
    Await.until(
        "the file's rule is gone",
        SOON,
        () -> rules().rules().stream().noneMatch(rule -> rule.key().equals("of_file")));
  }

  private String thresholdOf(String key) {
    try {
      return database.value(
          "SELECT definition ->> 'threshold' FROM activation.rule WHERE key = '" + key + "'");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void deleting_a_rule_takes_its_open_prompts_from_the_pages_and_leaves_those_of_others()
      throws SQLException {
    start(NEVER);
    put("two", "{'meter': 'projects', 'threshold': 2}");
    advance("u", 3);
    Await.until("both are raised", SOON, () -> rulesRaisedFor("u").size() == 2);
    String prompt = database.value("SELECT prompt_id FROM activation.prompt WHERE rule = 'two'");

    RuleChange change =
        Await.result(bus.ask(Channels.DELETE_RULE, new DeleteRule("two", null, "operator")));

    assertThat(change.rule()).isNull();
    assertThat(change.revision()).isEqualTo(3);
    assertThat(database.value("SELECT state FROM activation.prompt WHERE rule = 'two'"))
        .isEqualTo("retracted");
    Await.until(
        "pages are told",
        SOON,
        () -> retracted.contains(new PromptRetracted("u", prompt, "rule_removed")));
    assertThat(retracted).hasSize(1);
    assertThat(
            refusal(bus.ask(Channels.DELETE_RULE, new DeleteRule("two", null, "operator"))).code())
        .isEqualTo("unknown_rule");
    assertThat(refusal(bus.ask(Channels.LIST_RULES, new ListRules("two"))).kind())
        .isEqualTo(ErrorKind.NOT_FOUND);
  }

  @Test
  void what_a_node_still_raises_by_a_removed_rule_is_taken_back_by_the_next_sweep()
      throws SQLException {
    start(OFTEN);
    put("two", "{'meter': 'projects', 'threshold': 2}");
    advance("u", 2);
    Await.until("it is raised", SOON, () -> rulesRaisedFor("u").equals(List.of("two")));
    Await.result(bus.ask(Channels.DELETE_RULE, new DeleteRule("two", null, "operator")));

    database.execute("UPDATE activation.prompt SET state = 'pending' WHERE rule = 'two'");

    Await.until("it is taken back", SOON, () -> database.stateOf("u").equals("retracted"));
  }

  @Test
  void a_rule_that_names_what_is_not_there_is_refused_with_every_place() {
    answerMeters("projects", "of_operator");
    answerFlags("gate");
    start(NEVER);

    RoomException refusal =
        refusal(
            order(
                "r",
                """
                {'meter': 'nothing', 'threshold': 1, 'flag': 'nowhere',
                 'audience': [{'attribute': 'tier', 'operator': 'in', 'values': ['gold']}]}
                """));

    assertThat(refusal.code()).isEqualTo("unknown_reference");
    assertThat(refusal.problems())
        .extracting(problem -> problem.pointer())
        .containsExactly("/meter", "/flag", "/audience/0/values");
    assertThat(put("r", "{'meter': 'of_operator', 'threshold': 1, 'flag': 'gate'}").changed())
        .isTrue();
  }

  @Test
  void what_could_be_there_while_it_cannot_be_read_is_no_mistake_of_the_operator() {
    start(NEVER);

    RoomException meters = refusal(order("r", "{'meter': 'of_operator', 'threshold': 1}"));
    assertThat(meters.code()).isEqualTo("store_unavailable");
    assertThat(meters.kind()).isEqualTo(ErrorKind.UNAVAILABLE);

    answerMeters("projects");
    RoomException flags =
        refusal(order("r", "{'meter': 'projects', 'threshold': 1, 'flag': 'gate'}"));
    assertThat(flags.code()).isEqualTo("store_unavailable");
    assertThat(refusal(order("r", "{'meter': 'nothing', 'threshold': 1, 'flag': 'gate'}")).code())
        .isEqualTo("unknown_reference");
  }

  @Test
  void a_meter_of_accounts_is_doubtful_and_allowed() {
    Await.result(
        bus.answer(
            Channels.LIST_METERS,
            question ->
                Future.succeededFuture(new MeterList(1, List.of(meter("seats", "account"))))));
    answerFlags();
    start(NEVER);

    assertThat(put("r", "{'meter': 'seats', 'threshold': 1}").warnings()).hasSize(1);
  }

  @Test
  void another_node_follows_a_change_that_it_has_not_heard_of_with_its_next_sweep() {
    Vertx elsewhere = Vertx.vertx();
    try {
      Bus unconnected = new Bus(elsewhere);
      answerEntitlements(unconnected);
      List<PromptRaised> there = new CopyOnWriteArrayList<>();
      Await.result(unconnected.hear(Channels.PROMPT_RAISED, there::add));
      start(NEVER);
      start(elsewhere, unconnected, database.settings(), OFTEN);
      put("two", "{'meter': 'projects', 'threshold': 2}");

      Await.until(
          "the other node acts by it",
          SOON,
          () -> {
            unconnected.send(Channels.USAGE_ADVANCED, new UsageAdvanced(List.of(reading("u", 2))));
            return there.stream().anyMatch(prompt -> prompt.prompt().rule().equals("two"));
          });
    } finally {
      Await.result(elsewhere.close());
    }
  }

  @Test
  void an_erased_user_is_taken_out_of_the_rules_and_never_put_into_them_again()
      throws SQLException {
    answerMeters("projects");
    answerFlags();
    start(NEVER);
    String rule =
        "{'meter': 'projects', 'threshold': 2, 'audience':"
            + " [{'attribute': 'user_id', 'operator': 'in', 'values': ['gone', 'stays']}]}";
    put("two", rule);
    Pool pool = Postgres.pool(vertx, database.settings(), "activation");
    Suppression hashes = new Suppression(vertx, pool);
    Await.result(hashes.refresh());
    database.execute(
        "SELECT growth.order_erasure('gone', '"
            + hashes.hashOf("gone")
            + "', true, interval '1 hour')");
    Await.result(pool.close());

    Await.until(
        "the rule does not name the user",
        Duration.ofSeconds(20),
        () -> {
          RuleState shown =
              Await.result(bus.ask(Channels.LIST_RULES, new ListRules("two"))).rules().get(0);
          return !shown.definition().contains("gone") && shown.definition().contains("stays");
        });
    RuleChange again = put("two", rule);
    assertThat(again.changed()).isFalse();
    assertThat(again.warnings()).hasSize(1);
    assertThat(audit("actor, action, coalesce(before::text, '-')")).endsWith("erasure changed -");
  }

  @Test
  void without_the_database_the_room_starts_and_an_operator_is_told_to_try_again()
      throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    try (CapturedLog log = CapturedLog.of(Rules.class)) {
      start(
          vertx,
          bus,
          database.settings().withUri("postgresql://u@127.0.0.1:" + free + "/d"),
          NEVER);
      assertThat(log.entries()).isNotEmpty();
    }

    for (Future<?> question :
        List.of(
            bus.ask(Channels.LIST_RULES, new ListRules(null)),
            order("two", "{'meter': 'projects', 'threshold': 2}"),
            bus.ask(Channels.DELETE_RULE, new DeleteRule("of_file", null, "operator")))) {
      RoomException refusal = refusal(question);
      assertThat(refusal.code()).isEqualTo("store_unavailable");
      assertThat(refusal.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
    }
  }
}
