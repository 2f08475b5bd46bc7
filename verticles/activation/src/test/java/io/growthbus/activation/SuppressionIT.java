package io.growthbus.activation;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.activation.core.Suppression;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import io.growthbus.shared.message.ExplainPrompt;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagSet;
import io.growthbus.shared.message.ListPendingPrompts;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.message.MeterUsage;
import io.growthbus.shared.message.MeterUsages;
import io.growthbus.shared.message.Prompt;
import io.growthbus.shared.message.PromptExplanation;
import io.growthbus.shared.message.PromptRaised;
import io.growthbus.shared.message.PromptRetracted;
import io.growthbus.shared.message.UsageAdvanced;
import io.growthbus.shared.message.UserConsent;
import io.growthbus.shared.message.UserConsent.Said;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each reason for which a prompt is not shown, produced by the room and named by its explanation.
 */
class SuppressionIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration NEVER = Duration.ofMinutes(5);
  private static final Duration OFTEN = Duration.ofMillis(50);
  private static final long DAY_MS = Duration.ofDays(1).toMillis();

  private final TestDatabase database = new TestDatabase();
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final List<PromptRaised> raised = new CopyOnWriteArrayList<>();
  private final List<PromptRetracted> retracted = new CopyOnWriteArrayList<>();
  private @Nullable Live<GrowthConfig> config;
  private volatile String tier = "free";
  private volatile State state = State.FRESH;
  private volatile @Nullable UserConsent consent = new UserConsent(Map.of());
  private volatile @Nullable FlagAnswer flag = new FlagAnswer(true, "on", "SPLIT", 7);
  private volatile @Nullable MeterUsages usages = new MeterUsages(Map.of("calls", "10"));

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  /** A configuration with the rule {@code r}, which says this beside its meter. */
  private static GrowthConfig config(String rule, String more) {
    Problems problems = new Problems();
    GrowthConfig read =
        GrowthConfigReader.read(
            """
            {"entitlements": {"tiers": {"free": {"limits": {"calls": 100}}, "pro": {}}},
             "flags": {"definitions": [{"key": "gate", "enabled": true}],
                       "segments": [{"key": "busy", "if": [
                         {"attribute": "usage.calls", "operator": "gte", "values": [10]}]}]},
             "meters": [{"key": "calls", "event": "c"}],
             "activation": {"rules": [{"key": "r", "meter": "calls", "priority": 5, %s}%s}}
            """
                .formatted(rule, more),
            problems);
    assertThat(problems.errors()).isEmpty();
    return read;
  }

  private void start(String rule) {
    start(rule, "]", NEVER);
  }

  private void start(String rule, String more, Duration sweep) {
    Live<GrowthConfig> live = new Live<>(config(rule, more));
    config = live;
    Await.result(bus.hear(Channels.PROMPT_RAISED, raised::add));
    Await.result(bus.hear(Channels.PROMPT_RETRACTED, retracted::add));
    answer();
    ActivationSettings settings = new ActivationSettings(sweep, Duration.ofSeconds(10), sweep, 100);
    Await.result(
        vertx.deployVerticle(new ActivationVerticle(bus, live, settings, database.settings())));
  }

  private void answer() {
    Await.result(
        bus.answer(
            Channels.RESOLVE_ENTITLEMENT,
            question -> Future.succeededFuture(entitlement(question.userId()))));
    Await.result(bus.answer(Channels.READ_CONSENT, question -> orSilent(consent)));
    Await.result(bus.answer(Channels.EVALUATE_FLAG, question -> orSilent(flag)));
    Await.result(bus.answer(Channels.READ_USAGES, question -> orSilent(usages)));
    Await.result(
        bus.answer(
            Channels.READ_FLAG_SET,
            question ->
                Future.succeededFuture(
                    new FlagSet(
                        1, List.of(), config("\"threshold\": 1", "]").flags().segments(), null))));
    Await.result(
        bus.answer(
            Channels.READ_USAGE,
            question -> Future.succeededFuture(new MeterUsage("10", null, null))));
  }

  private static <T> Future<T> orSilent(@Nullable T answer) {
    return answer == null
        ? Future.failedFuture(new RoomException(ErrorKind.UNAVAILABLE, "planted", "planted"))
        : Future.succeededFuture(answer);
  }

  private Entitlement entitlement(String user) {
    return new Entitlement(
        user, tier, Map.of("calls", 100L), List.of(), List.of(), 0, state, "none", null, null, 1);
  }

  private void advance(long count) {
    advance(count, System.currentTimeMillis());
  }

  private void advance(long count, long occurredAtMs) {
    bus.send(
        Channels.USAGE_ADVANCED,
        new UsageAdvanced(List.of(new MeterReading("ada", "calls", count, null, occurredAtMs))));
  }

  private List<Prompt> pending() {
    return Await.result(bus.ask(Channels.LIST_PENDING_PROMPTS, new ListPendingPrompts("ada")))
        .prompts();
  }

  private PromptExplanation explain(String rule) {
    return Await.result(bus.ask(Channels.EXPLAIN_PROMPT, new ExplainPrompt("ada", rule)));
  }

  private boolean is(Suppression code) {
    try {
      return database
          .value(
              "SELECT bool_or('" + code.code() + "' IN (suppression, held)) FROM activation.prompt")
          .equals("true");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Lets a prompt come to the end for which the reason stands. */
  private void produce(Suppression code) {
    switch (code) {
      case LOWER_STEP -> startAndAdvance("\"thresholds\": [1, 2]");
      case NOT_FRESH -> {
        start("\"threshold\": 1");
        advance(2, System.currentTimeMillis() - 2 * DAY_MS);
      }
      case RULE_UNKNOWN -> {
        startAndAdvance("\"threshold\": 1, \"fresh_for_ms\": 5000");
        Await.until("it is raised", SOON, () -> !raised.isEmpty());
        Objects.requireNonNull(config).set(GrowthConfigReader.read("{}", new Problems()));
        assertThat(pending()).isEmpty();
      }
      case ENTITLEMENT_UNKNOWN -> {
        state = State.FALLBACK;
        startAndAdvance("\"threshold\": 1");
      }
      case ON_PAID_TIER -> {
        tier = "pro";
        startAndAdvance("\"threshold\": 1");
      }
      case AUDIENCE_UNKNOWN -> {
        usages = null;
        startAndAdvance("\"threshold\": 1, \"audience\": [{\"segment\": \"busy\"}]");
      }
      case AUDIENCE_NOT_MATCHED ->
          startAndAdvance(
              "\"threshold\": 1, \"audience\": [{\"attribute\": \"tier\", \"values\": [\"pro\"]}]");
      case CONSENT_UNKNOWN -> {
        consent = null;
        startAndAdvance("\"threshold\": 1");
      }
      case CONSENT_DENIED -> {
        consent = new UserConsent(Map.of("marketing", Said.DENIED, "analytics", Said.GRANTED));
        startAndAdvance("\"threshold\": 1");
      }
      case FLAG_UNKNOWN -> {
        flag = new FlagAnswer(false, "off", "FACTS_UNAVAILABLE", 7);
        startAndAdvance("\"threshold\": 1, \"flag\": \"gate\"");
      }
      case FLAG_OFF -> {
        flag = new FlagAnswer(false, "off", "SPLIT", 7);
        startAndAdvance("\"threshold\": 1, \"flag\": \"gate\"");
      }
      case HOLDOUT -> startAndAdvance("\"threshold\": 1, \"holdout\": 100");
      case CAP_PROMPT -> {
        start("\"thresholds\": [1, 20]", "], \"caps\": {\"per_prompt\": 1}", NEVER);
        advance(2);
        Await.until("it is raised", SOON, () -> !raised.isEmpty());
        advance(20);
      }
      case LOWER_PRIORITY -> {
        start("\"threshold\": 1", more("\"threshold\": 1", "\"per_day\": 1"), NEVER);
        advance(2);
      }
      case CAP_DAY -> twoInTurn("\"per_day\": 1");
      case CAP_DISTANCE -> twoInTurn("\"min_distance_ms\": 3600000");
    }
  }

  private void startAndAdvance(String rule) {
    start(rule);
    advance(2);
  }

  /** A second rule, and caps. */
  private static String more(String rule, String caps) {
    return ", {\"key\": \"second\", \"meter\": \"calls\", " + rule + "}], \"caps\": {" + caps + "}";
  }

  private void twoInTurn(String caps) {
    start("\"threshold\": 1", more("\"threshold\": 20", caps), NEVER);
    advance(2);
    Await.until("the first is raised", SOON, () -> !raised.isEmpty());
    advance(20);
  }

  @ParameterizedTest
  @EnumSource(Suppression.class)
  void every_reason_is_produced_kept_and_explained(Suppression code) {
    produce(code);
    Await.until("it is kept: " + code, SOON, () -> is(code));

    boolean second =
        switch (code) {
          case LOWER_PRIORITY, CAP_DAY, CAP_DISTANCE -> true;
          default -> false;
        };
    String verdict =
        switch (code) {
          case LOWER_STEP -> "waiting_for_page";
          case RULE_UNKNOWN -> "unknown_rule";
          case ENTITLEMENT_UNKNOWN -> "unknown_entitlement";
          default -> code.code();
        };
    assertThat(explain(second ? "second" : "r").verdict()).isEqualTo(verdict);
    assertThat(pending())
        .hasSize(
            switch (code) {
              case LOWER_STEP, CAP_PROMPT, LOWER_PRIORITY, CAP_DAY, CAP_DISTANCE -> 1;
              default -> 0;
            });
  }

  @Test
  void an_explanation_shows_each_step_with_what_decided_it() {
    flag = new FlagAnswer(true, "blue", "TARGETING_MATCH", 7, "vip");
    consent = new UserConsent(Map.of("marketing", Said.GRANTED));
    start(
        "\"thresholds\": [{\"percent\": 2}], \"flag\": \"gate\", \"holdout\": 0.001,"
            + " \"audience\": [{\"segment\": \"busy\"}, {\"attribute\": \"limits.calls\","
            + " \"operator\": \"lte\", \"values\": [100]}]",
        "], \"caps\": {\"per_day\": 2}",
        NEVER);
    advance(2);
    Await.until("it is raised", SOON, () -> !raised.isEmpty());

    assertThat(raised.get(0).prompt().variant()).isEqualTo("blue");
    PromptExplanation explanation = explain("r");
    assertThat(explanation.verdict()).isEqualTo("waiting_for_page");
    List<String> steps = new ArrayList<>();
    explanation.steps().forEach(step -> steps.add(step.step() + " " + step.outcome()));
    assertThat(steps)
        .containsExactly(
            "rule known",
            "counter reached",
            "crossing noted",
            "freshness fresh",
            "entitlement eligible",
            "audience matched",
            "consent permitted",
            "flag on",
            "holdout not_held_out",
            "caps granted",
            "prompt pending");
    assertThat(explanation.steps().get(7).facts())
        .contains("\"reason\":\"TARGETING_MATCH\"", "\"rule\":\"vip\"", "\"revision\":7");
    assertThat(explanation.steps().get(2).facts()).contains("\"step\":\"percent\"");
  }

  @Test
  void a_prompt_that_was_announced_is_taken_back_when_its_flag_is_switched_off() {
    start("\"threshold\": 1, \"flag\": \"gate\"");
    advance(2);
    Await.until("it is raised", SOON, () -> !raised.isEmpty());
    flag = new FlagAnswer(false, "off", "DISABLED", 8);

    assertThat(pending()).isEmpty();
    Await.until("it is taken back", SOON, () -> !retracted.isEmpty());
    assertThat(retracted.get(0).reason()).isEqualTo("flag_off");
    assertThat(database.stateOf("ada")).isEqualTo("retracted");
  }

  @Test
  void announcing_a_prompt_again_costs_nothing_of_the_budget() throws SQLException {
    start("\"threshold\": 1", "], \"caps\": {\"per_day\": 1, \"per_prompt\": 1}", OFTEN);
    advance(2);

    Await.until("it is announced again", SOON, () -> raised.size() >= 2);
    assertThat(raised.get(1)).isEqualTo(raised.get(0));
    assertThat(database.value("SELECT held IS NULL AND state = 'pending' FROM activation.prompt"))
        .isEqualTo("true");
  }

  @Test
  void what_a_cap_keeps_back_is_announced_when_there_is_room() throws SQLException {
    start("\"threshold\": 1", more("\"threshold\": 2", "\"per_day\": 1"), OFTEN);
    advance(2);
    // The next decision about the user, which comes soon here, has the day's cap as its reason.
    Await.until(
        "the other waits", SOON, () -> is(Suppression.LOWER_PRIORITY) || is(Suppression.CAP_DAY));
    assertThat(raised).allSatisfy(one -> assertThat(one.prompt().rule()).isEqualTo("r"));
    assertThat(
            database.value(
                "SELECT next_push_at > now() + interval '23 hours' FROM activation.prompt"
                    + " WHERE rule = 'second'"))
        .isEqualTo("true");

    database.execute(
        "UPDATE activation.prompt SET granted_at = granted_at - interval '1 day',"
            + " next_push_at = CASE WHEN rule = 'second' THEN now() END");
    Await.until(
        "the other is announced",
        SOON,
        () -> raised.stream().anyMatch(one -> one.prompt().rule().equals("second")));
  }
}
