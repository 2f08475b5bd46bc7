package io.growthbus.activation;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.AcknowledgePrompt;
import io.growthbus.shared.message.AcknowledgePrompt.Action;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import io.growthbus.shared.message.EntitlementChanged;
import io.growthbus.shared.message.ListPendingPrompts;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.message.Prompt;
import io.growthbus.shared.message.PromptAcknowledged;
import io.growthbus.shared.message.PromptRaised;
import io.growthbus.shared.message.PromptRetracted;
import io.growthbus.shared.message.UsageAdvanced;
import io.growthbus.shared.message.UserConsent;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.ServerSocket;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ActivationIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration NEVER = Duration.ofMinutes(5);
  private static final Duration OFTEN = Duration.ofMillis(50);
  private static final GrowthConfig CONFIG =
      GrowthConfigReader.read(
          """
          {"meters": [{"key": "projects", "event": "p"}, {"key": "calls", "event": "c"}],
           "activation": {"rules": [
             {"key": "three_projects", "meter": "projects", "threshold": 3, "priority": 10,
              "title": "{{count}} projects", "body": "{{limit}} allowed on {{tier}}",
              "cta": {"label": "Upgrade", "url": "/plans"}},
             {"key": "fifty_calls", "meter": "calls", "threshold": 50, "priority": 20}]}}
          """,
          new Problems());

  private final TestDatabase database = new TestDatabase();
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final Map<String, Entitlement> entitlements = new ConcurrentHashMap<>();
  private final Map<String, UserConsent> consents = new ConcurrentHashMap<>();
  private final List<PromptRaised> raised = new CopyOnWriteArrayList<>();
  private final List<PromptRetracted> retracted = new CopyOnWriteArrayList<>();

  @BeforeEach
  void listen() {
    Await.result(bus.hear(Channels.PROMPT_RAISED, raised::add));
    Await.result(bus.hear(Channels.PROMPT_RETRACTED, retracted::add));
  }

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  /** The room with one connection, so that what is handed to it is done in order. */
  private void start(Duration sweep, Duration pushAgain) {
    start(database.settings(), sweep, pushAgain);
  }

  private void start(PostgresSettings all, Duration sweep, Duration pushAgain) {
    PostgresSettings one =
        new PostgresSettings(
            all.uri(), 1, Duration.ofMillis(500), all.statementTimeout(), 64, all.roomRoles());
    ActivationSettings settings =
        new ActivationSettings(sweep, Duration.ofSeconds(10), pushAgain, 100);
    Await.result(
        vertx.deployVerticle(new ActivationVerticle(bus, new Live<>(CONFIG), settings, one)));
  }

  private void startWithoutSweep() {
    start(NEVER, NEVER);
    answerEntitlements();
  }

  private void answerEntitlements() {
    Await.result(
        bus.answer(
            Channels.READ_CONSENT,
            question ->
                Future.succeededFuture(
                    consents.getOrDefault(question.userId(), new UserConsent(Map.of())))));
    Await.result(
        bus.answer(
            Channels.RESOLVE_ENTITLEMENT,
            question ->
                Future.succeededFuture(
                    entitlements.computeIfAbsent(
                        question.userId(), user -> entitlement(user, "free", State.FRESH, 0)))));
  }

  private static Entitlement entitlement(String user, String tier, State state, long revision) {
    return new Entitlement(
        user,
        tier,
        Map.of("projects", 5L),
        List.of("calls"),
        List.of(),
        0,
        state,
        "none",
        null,
        null,
        revision);
  }

  private void has(String user, String tier, State state, long revision) {
    entitlements.put(user, entitlement(user, tier, state, revision));
  }

  private void advance(String user, String meter, long count) {
    bus.send(
        Channels.USAGE_ADVANCED,
        new UsageAdvanced(
            List.of(new MeterReading(user, meter, count, null, System.currentTimeMillis()))));
  }

  private Prompt raisedFor(String user) {
    Await.until(
        "a prompt is raised for " + user,
        SOON,
        () -> raised.stream().anyMatch(prompt -> prompt.userId().equals(user)));
    return raised.stream().filter(p -> p.userId().equals(user)).findFirst().orElseThrow().prompt();
  }

  private void awaitState(String user, String state) {
    Await.until(
        "the prompt of " + user + " is " + state, SOON, () -> database.stateOf(user).equals(state));
  }

  private void awaitRetracted(String user, String promptId, String reason) {
    PromptRetracted expected = new PromptRetracted(user, promptId, reason);
    Await.until("it is heard: " + expected, SOON, () -> retracted.contains(expected));
  }

  private List<Prompt> pending(String user) {
    return Await.result(bus.ask(Channels.LIST_PENDING_PROMPTS, new ListPendingPrompts(user)))
        .prompts();
  }

  private PromptAcknowledged acknowledge(String user, String promptId, Action action) {
    return Await.result(
        bus.ask(Channels.ACKNOWLEDGE_PROMPT, new AcknowledgePrompt(user, promptId, action)));
  }

  private RoomException refusal(Future<?> future) {
    return (RoomException) Await.failure(future);
  }

  @Test
  void usage_that_reaches_a_threshold_raises_its_prompt_with_the_words_filled_in() {
    startWithoutSweep();
    advance("u", "projects", 3);

    Prompt prompt = raisedFor("u");
    assertThat(prompt.rule()).isEqualTo("three_projects");
    assertThat(prompt.event()).isEqualTo("projects");
    assertThat(prompt.count()).isEqualTo(3);
    assertThat(prompt.threshold()).isEqualTo(3);
    assertThat(prompt.title()).isEqualTo("3 projects");
    assertThat(prompt.body()).isEqualTo("5 allowed on free");
    assertThat(prompt.ctaLabel()).isEqualTo("Upgrade");
    assertThat(prompt.ctaUrl()).isEqualTo("/plans");
    assertThat(pending("u")).containsExactly(prompt);
  }

  @Test
  void usage_below_the_threshold_raises_nothing() {
    startWithoutSweep();
    advance("below", "projects", 2);
    advance("u", "projects", 3);

    raisedFor("u");
    assertThat(database.stateOf("below")).isEqualTo("none");
    assertThat(raised).hasSize(1);
  }

  @Test
  void repeated_messages_raise_a_prompt_once() throws SQLException {
    startWithoutSweep();
    for (int count = 3; count < 13; count++) {
      advance("u", "projects", count);
      advance("u", "projects", 3);
    }
    advance("last", "projects", 3);

    raisedFor("last");
    assertThat(raised).extracting(PromptRaised::userId).containsExactly("u", "last");
    assertThat(database.value("SELECT count(*) FROM activation.prompt WHERE user_id = 'u'"))
        .isEqualTo("1");
  }

  @Test
  void a_user_who_pays_gets_no_prompt_and_the_reason_is_kept() throws SQLException {
    startWithoutSweep();
    has("payer", "pro", State.FRESH, 1);
    advance("payer", "projects", 3);

    awaitState("payer", "suppressed");
    assertThat(database.value("SELECT suppression FROM activation.prompt"))
        .isEqualTo("on_paid_tier");
    assertThat(database.value("SELECT count(*) FROM activation.crossing")).isEqualTo("1");
    assertThat(raised).isEmpty();
    assertThat(pending("payer")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"free", "pro"})
  void a_guessed_entitlement_neither_shows_a_prompt_nor_ends_it(String tier) {
    startWithoutSweep();
    has("u", tier, State.FALLBACK, 0);
    advance("u", "projects", 3);
    advance("last", "projects", 3);

    raisedFor("last");
    assertThat(raised).hasSize(1);
    assertThat(pending("u")).isEmpty();
    assertThat(database.stateOf("u")).isEqualTo("pending");

    has("u", "free", State.FRESH, 0);
    assertThat(pending("u")).hasSize(1);
  }

  @Test
  void a_prompt_that_waited_for_a_guess_is_announced_by_a_later_sweep() {
    start(OFTEN, OFTEN);
    answerEntitlements();
    has("u", "free", State.FALLBACK, 0);
    advance("u", "projects", 3);
    awaitState("u", "pending");

    has("u", "free", State.FRESH, 0);
    // The sweep may have claimed it just before; its next turn would be ten seconds later.
    Await.until(
        "the prompt is raised",
        SOON,
        () -> {
          dueNow();
          return !raised.isEmpty();
        });
    assertThat(raised.get(0).userId()).isEqualTo("u");
  }

  private void dueNow() {
    try {
      database.execute("UPDATE activation.prompt SET next_push_at = now() WHERE state = 'pending'");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void an_upgrade_takes_back_every_open_prompt() {
    startWithoutSweep();
    advance("u", "projects", 3);
    advance("u", "calls", 50);
    advance("last", "projects", 3);
    raisedFor("last");
    List<Prompt> open = pending("u");
    assertThat(open).extracting(Prompt::rule).containsExactly("fifty_calls", "three_projects");

    has("u", "pro", State.FRESH, 1);
    bus.publish(Channels.ENTITLEMENT_CHANGED, new EntitlementChanged("u", 1));

    open.forEach(prompt -> awaitRetracted("u", prompt.promptId(), "upgraded"));
    assertThat(pending("u")).isEmpty();
    assertThat(pending("last")).hasSize(1);
    assertThat(acknowledge("u", open.get(0).promptId(), Action.CLICKED).state())
        .isEqualTo("retracted");
  }

  @Test
  void a_change_that_leaves_a_user_unpaid_takes_nothing_back() {
    startWithoutSweep();
    advance("u", "projects", 3);
    advance("last", "projects", 3);
    String last = raisedFor("last").promptId();
    has("u", "free", State.FRESH, 1);
    has("last", "pro", State.FRESH, 1);
    bus.publish(Channels.ENTITLEMENT_CHANGED, new EntitlementChanged("u", 1));
    bus.publish(Channels.ENTITLEMENT_CHANGED, new EntitlementChanged("last", 1));

    awaitRetracted("last", last, "upgraded");
    assertThat(retracted).hasSize(1);
    assertThat(pending("u")).hasSize(1);
  }

  @Test
  void a_page_of_a_user_who_pays_now_gets_nothing_even_when_the_change_was_not_heard() {
    startWithoutSweep();
    advance("u", "projects", 3);
    String prompt = raisedFor("u").promptId();
    has("u", "pro", State.STALE, 1);

    assertThat(pending("u")).isEmpty();
    awaitRetracted("u", prompt, "upgraded");
  }

  @Test
  void a_sweep_repairs_a_lost_message() throws SQLException {
    start(OFTEN, NEVER);
    answerEntitlements();
    database.count("u", "projects", 4);

    assertThat(raisedFor("u").count()).isEqualTo(4);
    assertThat(pending("u")).hasSize(1);
  }

  @Test
  void a_crossing_that_the_database_has_lost_since_it_was_told_is_found_by_a_sweep()
      throws SQLException {
    start(OFTEN, NEVER);
    answerEntitlements();
    advance("u", "projects", 3);
    raisedFor("u");
    database.execute("DELETE FROM activation.prompt");
    database.execute("DELETE FROM activation.crossing");

    database.count("u", "projects", 4);
    advance("u", "projects", 4);

    Await.until("it is raised again", SOON, () -> raised.size() == 2);
    assertThat(raised).extracting(PromptRaised::userId).containsExactly("u", "u");
  }

  @Test
  void a_sweep_announces_a_prompt_again_until_it_is_acknowledged() throws SQLException {
    start(OFTEN, OFTEN);
    answerEntitlements();
    advance("u", "projects", 3);

    Await.until("it is announced again", SOON, () -> raised.size() >= 2);
    assertThat(raised.get(1)).isEqualTo(raised.get(0));
    acknowledge("u", raised.get(0).prompt().promptId(), Action.SHOWN);
    assertThat(database.value("SELECT next_push_at FROM activation.prompt")).isEqualTo("null");
  }

  @Test
  void a_sweep_ends_and_takes_back_what_is_too_old() throws SQLException {
    start(OFTEN, NEVER);
    answerEntitlements();
    advance("u", "projects", 3);
    String prompt = raisedFor("u").promptId();
    database.execute("UPDATE activation.prompt SET expires_at = now()");

    awaitRetracted("u", prompt, "expired");
    assertThat(database.stateOf("u")).isEqualTo("expired");
  }

  @Test
  void a_room_that_did_not_answer_is_asked_again_before_any_sweep() {
    startWithoutSweep();
    has("u", "free", State.FALLBACK, 0);
    advance("u", "projects", 3);
    Await.until(
        "it waits for the entitlement",
        SOON,
        () -> database.heldOf("u").equals("entitlement_unknown"));

    has("u", "free", State.FRESH, 0);
    assertThat(raisedFor("u").count()).isEqualTo(3);
  }

  @Test
  void without_an_answer_about_the_entitlement_a_crossing_is_kept_and_shown_later() {
    start(OFTEN, OFTEN);
    advance("u", "projects", 3);
    Await.until(
        "it waits for the entitlement",
        SOON,
        () -> database.heldOf("u").equals("entitlement_unknown"));
    assertThat(raised).isEmpty();
    answerEntitlements();
    dueNow();

    assertThat(raisedFor("u").count()).isEqualTo(3);
  }

  @Test
  void showing_a_prompt_is_noted_and_takes_it_from_no_page() {
    startWithoutSweep();
    advance("u", "projects", 3);
    String prompt = raisedFor("u").promptId();

    assertThat(acknowledge("u", prompt, Action.SHOWN))
        .isEqualTo(new PromptAcknowledged(prompt, "shown"));
    assertThat(pending("u")).hasSize(1);
    assertThat(retracted).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = Action.class,
      names = {"CLICKED", "DISMISSED", "SNOOZED"})
  void dealing_with_a_prompt_takes_it_from_the_other_pages_once(Action action) {
    startWithoutSweep();
    advance("u", "projects", 3);
    String prompt = raisedFor("u").promptId();
    String state = action.name().toLowerCase(Locale.ROOT);

    for (int i = 0; i < 3; i++) {
      assertThat(acknowledge("u", prompt, action)).isEqualTo(new PromptAcknowledged(prompt, state));
    }
    awaitRetracted("u", prompt, "handled");
    assertThat(retracted).hasSize(1);
    assertThat(pending("u")).isEmpty();
  }

  @Test
  void a_prompt_of_another_user_is_unknown() {
    startWithoutSweep();
    advance("u", "projects", 3);
    String prompt = raisedFor("u").promptId();

    RoomException refusal =
        refusal(
            bus.ask(
                Channels.ACKNOWLEDGE_PROMPT,
                new AcknowledgePrompt("thief", prompt, Action.DISMISSED)));
    assertThat(refusal.code()).isEqualTo("unknown_prompt");
    assertThat(refusal.kind()).isEqualTo(ErrorKind.NOT_FOUND);
    assertThat(pending("u")).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "------------------------------------",
        "0-0-0-0-0000000000000000000000000000",
        "11111111-2222-3333-4444-55555555555g",
        "11111111-2222-3333-4444-555555555555"
      })
  void an_id_that_is_none_or_of_no_prompt_is_unknown(String id) {
    startWithoutSweep();

    assertThat(
            refusal(
                    bus.ask(
                        Channels.ACKNOWLEDGE_PROMPT, new AcknowledgePrompt("u", id, Action.SHOWN)))
                .code())
        .isEqualTo("unknown_prompt");
  }

  @Test
  void without_the_database_a_page_is_told_to_try_again() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    start(database.settings().withUri("postgresql://u@127.0.0.1:" + free + "/d"), NEVER, NEVER);

    for (Future<?> question :
        List.of(
            bus.ask(Channels.LIST_PENDING_PROMPTS, new ListPendingPrompts("u")),
            bus.ask(
                Channels.ACKNOWLEDGE_PROMPT,
                new AcknowledgePrompt(
                    "u", "11111111-2222-3333-4444-555555555555", Action.SHOWN)))) {
      RoomException refusal = refusal(question);
      assertThat(refusal.code()).isEqualTo("store_unavailable");
      assertThat(refusal.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
    }
  }
}
