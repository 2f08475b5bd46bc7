package io.growthbus.activation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.AcknowledgePrompt;
import io.growthbus.shared.message.AcknowledgePrompt.Action;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import io.growthbus.shared.message.ExplainPrompt;
import io.growthbus.shared.message.ListPendingPrompts;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.message.MeterUsage;
import io.growthbus.shared.message.PromptExplanation;
import io.growthbus.shared.message.PromptExplanation.Step;
import io.growthbus.shared.message.UsageAdvanced;
import io.growthbus.shared.message.UserConsent;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ExplainIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration NEVER = Duration.ofMinutes(5);
  private static final GrowthConfig CONFIG =
      GrowthConfigReader.read(
          """
          {"entitlements": {"tiers": {"free": {}, "pro": {}}},
           "meters": [{"key": "calls", "event": "c"}],
           "activation": {"rules": [{"key": "fifty_calls", "meter": "calls", "threshold": 50}]}}
          """,
          new Problems());

  private final TestDatabase database = new TestDatabase();
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private volatile String tier = "free";
  private volatile String count = "49.5";

  @BeforeEach
  void start() {
    ActivationSettings settings = new ActivationSettings(NEVER, Duration.ofSeconds(10), NEVER, 100);
    Await.result(
        vertx.deployVerticle(
            new ActivationVerticle(bus, new Live<>(CONFIG), settings, database.settings())));
    Await.result(
        bus.answer(
            Channels.READ_USAGE,
            question -> Future.succeededFuture(new MeterUsage(count, null, null))));
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
                        tier,
                        Map.of(),
                        List.of(),
                        List.of(),
                        7,
                        State.FRESH,
                        "none",
                        null,
                        null,
                        3))));
  }

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  private PromptExplanation explain(String rule) {
    return Await.result(bus.ask(Channels.EXPLAIN_PROMPT, new ExplainPrompt("ada", rule)));
  }

  private String promptId() {
    bus.send(
        Channels.USAGE_ADVANCED,
        new UsageAdvanced(
            List.of(new MeterReading("ada", "calls", 51, null, System.currentTimeMillis()))));
    Await.until(
        "a prompt waits",
        SOON,
        () ->
            !Await.result(bus.ask(Channels.LIST_PENDING_PROMPTS, new ListPendingPrompts("ada")))
                .prompts()
                .isEmpty());
    return Await.result(bus.ask(Channels.LIST_PENDING_PROMPTS, new ListPendingPrompts("ada")))
        .prompts()
        .get(0)
        .promptId();
  }

  private static JsonObject facts(PromptExplanation explanation, String step) {
    return explanation.steps().stream()
        .filter(one -> one.step().equals(step))
        .findFirst()
        .map(one -> new JsonObject(one.facts()))
        .orElseThrow();
  }

  @Test
  void below_the_threshold_the_counter_is_the_reason() {
    PromptExplanation explanation = explain("fifty_calls");

    assertThat(explanation.verdict()).isEqualTo("below_threshold");
    assertThat(explanation.steps())
        .extracting(Step::step, Step::outcome)
        .containsExactly(
            tuple("rule", "known"),
            tuple("counter", "below"),
            tuple("crossing", "none"),
            tuple("freshness", "none"),
            tuple("entitlement", "eligible"),
            tuple("audience", "not_paying"),
            tuple("consent", "permitted"),
            tuple("flag", "none"),
            tuple("holdout", "none"),
            tuple("caps", "none"),
            tuple("prompt", "none"));
    assertThat(facts(explanation, "counter").getDouble("value")).isEqualTo(49.5);
  }

  @Test
  void a_prompt_that_waits_says_for_whom_and_one_that_was_closed_says_since_when() {
    String id = promptId();
    assertThat(explain("fifty_calls").verdict()).isEqualTo("waiting_for_page");
    assertThat(facts(explain("fifty_calls"), "crossing").getLong("at_count")).isEqualTo(51);

    Await.result(
        bus.ask(Channels.ACKNOWLEDGE_PROMPT, new AcknowledgePrompt("ada", id, Action.DISMISSED)));
    PromptExplanation closed = explain("fifty_calls");
    assertThat(closed.verdict()).isEqualTo("dismissed");
    assertThat(facts(closed, "prompt").getLong("handled_at")).isPositive();
  }

  @Test
  void who_pays_is_told_apart_from_who_has_not_used_enough() {
    promptId();
    tier = "pro";
    assertThat(explain("fifty_calls").verdict()).isEqualTo("on_paid_tier");
    assertThat(facts(explain("fifty_calls"), "entitlement").getString("tier")).isEqualTo("pro");
  }

  @Test
  void a_threshold_that_is_reached_and_not_noted_yet_is_pending() {
    count = "50";
    assertThat(explain("fifty_calls").verdict()).isEqualTo("crossing_pending");
  }

  @Test
  void a_rule_that_never_was_is_refused() {
    RoomException refusal =
        (RoomException)
            Await.failure(bus.ask(Channels.EXPLAIN_PROMPT, new ExplainPrompt("ada", "nothing")));
    assertThat(refusal.code()).isEqualTo("unknown_rule");
  }
}
