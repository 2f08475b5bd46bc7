package io.growthbus.activation;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.message.AcknowledgePrompt;
import io.growthbus.shared.message.AcknowledgePrompt.Action;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import io.growthbus.shared.message.EntitlementChanged;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.message.PromptRaised;
import io.growthbus.shared.message.PromptRetracted;
import io.growthbus.shared.message.UsageAdvanced;
import io.growthbus.shared.message.UserConsent;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of a prompt when billing says that its user pays. */
class ConversionsIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration NEVER = Duration.ofMinutes(5);

  private final TestDatabase database = new TestDatabase();
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final Map<String, Entitlement> entitlements = new ConcurrentHashMap<>();
  private final List<PromptRaised> raised = new CopyOnWriteArrayList<>();
  private final List<PromptRetracted> retracted = new CopyOnWriteArrayList<>();

  @BeforeEach
  void start() {
    Await.result(bus.hear(Channels.PROMPT_RAISED, raised::add));
    Await.result(bus.hear(Channels.PROMPT_RETRACTED, retracted::add));
    Await.result(
        bus.answer(
            Channels.READ_CONSENT, question -> Future.succeededFuture(new UserConsent(Map.of()))));
    Await.result(
        bus.answer(
            Channels.RESOLVE_ENTITLEMENT,
            question ->
                Future.succeededFuture(
                    entitlements.computeIfAbsent(
                        question.userId(), user -> entitlement(user, "free", "none", 0)))));
    GrowthConfig config =
        GrowthConfigReader.read(
            """
            {"meters": [{"key": "projects", "event": "p"}, {"key": "others", "event": "o"},
                        {"key": "payers", "event": "q"}],
             "activation": {"rules": [
               {"key": "three", "meter": "projects", "threshold": 3},
               {"key": "kept_back", "meter": "others", "threshold": 3, "holdout": 100},
               {"key": "for_payers", "meter": "payers", "threshold": 3, "holdout": 100,
                "audience": [{"attribute": "tier", "values": ["pro"]}]}]}}
            """,
            new Problems());
    ActivationSettings settings = new ActivationSettings(NEVER, Duration.ofSeconds(10), NEVER, 100);
    Await.result(
        vertx.deployVerticle(
            new ActivationVerticle(bus, new Live<>(config), settings, database.settings())));
  }

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  private static Entitlement entitlement(String user, String tier, String reason, long revision) {
    return new Entitlement(
        user, tier, Map.of(), List.of(), List.of(), 0, State.FRESH, reason, null, null, revision);
  }

  private void reaches(String user, String meter) {
    bus.send(
        Channels.USAGE_ADVANCED,
        new UsageAdvanced(
            List.of(new MeterReading(user, meter, 3, null, System.currentTimeMillis()))));
  }

  private String shownTo(String user) {
    reaches(user, "projects");
    Await.until(
        "it is raised",
        SOON,
        () -> raised.stream().anyMatch(prompt -> prompt.userId().equals(user)));
    String prompt =
        raised.stream()
            .filter(one -> one.userId().equals(user))
            .findFirst()
            .orElseThrow()
            .prompt()
            .promptId();
    acknowledge(user, prompt, Action.SHOWN);
    return prompt;
  }

  private String acknowledge(String user, String prompt, Action action) {
    return Await.result(
            bus.ask(Channels.ACKNOWLEDGE_PROMPT, new AcknowledgePrompt(user, prompt, action)))
        .state();
  }

  private void changes(String user, String tier, String reason, long revision) {
    entitlements.put(user, entitlement(user, tier, reason, revision));
    bus.publish(Channels.ENTITLEMENT_CHANGED, new EntitlementChanged(user, revision));
  }

  private void awaitState(String user, String state) {
    Await.until("it is " + state, SOON, () -> database.stateOf(user).equals(state));
  }

  @Test
  void a_payment_converts_the_prompt_on_screen_and_takes_it_from_the_pages_once() {
    String prompt = shownTo("u");
    changes("u", "pro", "active", 1);

    awaitState("u", "converted");
    Await.until("pages are told", SOON, () -> !retracted.isEmpty());
    changes("u", "pro", "active", 2);
    String last = shownTo("last");
    changes("last", "pro", "active", 1);
    awaitState("last", "converted");
    Await.until("pages are told", SOON, () -> retracted.size() >= 2);
    assertThat(retracted)
        .containsExactly(
            new PromptRetracted("u", prompt, "upgraded"),
            new PromptRetracted("last", last, "upgraded"));
    assertThat(acknowledge("u", prompt, Action.DISMISSED)).isEqualTo("converted");
  }

  @Test
  void a_click_that_led_to_a_payment_is_converted_and_keeps_its_moment() throws SQLException {
    String prompt = shownTo("u");
    acknowledge("u", prompt, Action.CLICKED);
    changes("u", "pro", "active", 1);

    awaitState("u", "converted");
    assertThat(
            database.value(
                "SELECT handled_at < converted_at FROM growth.prompt WHERE rule = 'three'"))
        .isEqualTo("true");
  }

  @Test
  void a_tier_that_an_operator_gives_ends_the_prompt_and_is_no_conversion() throws SQLException {
    shownTo("u");
    changes("u", "pro", "override", 1);

    awaitState("u", "retracted");
    assertThat(database.value("SELECT count(converted_at) FROM activation.prompt")).isEqualTo("0");
    changes("u", "pro", "active", 2);
    awaitState("u", "converted");
  }

  private String value(String sql) {
    try {
      return database.value(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private String ghosts(String rule) {
    return value(
        "SELECT concat_ws(' ', treated, ghosts, ghost_conversions) FROM growth.prompt_conversion"
            + " WHERE rule = '"
            + rule
            + "'");
  }

  @Test
  void who_was_kept_back_counts_as_a_ghost_and_converts_like_one_who_was_not() {
    reaches("u", "others");
    awaitState("u", "suppressed");
    assertThat(ghosts("kept_back")).isEqualTo("0 1 0");
    changes("u", "pro", "active", 1);

    Await.until("it converts", SOON, () -> ghosts("kept_back").equals("0 1 1"));
    assertThat(database.stateOf("u")).isEqualTo("suppressed");
    assertThat(raised).isEmpty();
  }

  @Test
  void who_pays_already_converts_by_a_higher_tier_only() {
    entitlements.put("u", entitlement("u", "pro", "active", 1));
    reaches("u", "payers");
    Await.until(
        "the tier is noted",
        SOON,
        () -> value("SELECT tier_then FROM activation.prompt").equals("pro"));
    changes("u", "pro", "renewal_pending", 2);
    shownTo("last");
    changes("last", "pro", "active", 1);
    awaitState("last", "converted");
    assertThat(ghosts("for_payers")).isEqualTo("0 1 0");

    changes("u", "enterprise", "active", 3);
    Await.until("it converts", SOON, () -> ghosts("for_payers").equals("0 1 1"));
  }
}
