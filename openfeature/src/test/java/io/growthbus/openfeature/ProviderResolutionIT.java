package io.growthbus.openfeature;

import static org.assertj.core.api.Assertions.assertThat;

import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.MutableContext;
import dev.openfeature.sdk.MutableStructure;
import dev.openfeature.sdk.ProviderEvaluation;
import dev.openfeature.sdk.Structure;
import dev.openfeature.sdk.Value;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.FakeFlagsRoom;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The provider against the requirements of OpenFeature's specification on resolution (sections 2.1
 * to 2.3), by number. Those on the life cycle and on events are in {@link ProviderLifecycleIT}.
 *
 * <p>Not tested, because the types of the SDK meet them: 2.2.8.1 (resolution details with a type of
 * the value) and the shape of 2.2.10 (metadata are booleans, texts and numbers by text).
 */
class ProviderResolutionIT {
  private static final EvaluationContext ADA = new ImmutableContext("ada");
  private static final EvaluationContext NOBODY = new ImmutableContext();

  private final Vertx vertx = Vertx.vertx();
  private final FakeFlagsRoom room = new FakeFlagsRoom(Bus.of(vertx), Map.of("tier", "free"));
  private final GrowthbusProvider provider = new GrowthbusProvider(vertx);

  @BeforeEach
  void initialize() {
    room.put(7, TestFlags.all());
    provider.initialize(NOBODY);
  }

  @AfterEach
  void stop() {
    provider.shutdown();
    Await.result(vertx.close());
  }

  private ProviderEvaluation<Boolean> bool(String key, EvaluationContext context) {
    return provider.getBooleanEvaluation(key, true, context);
  }

  private static void assertError(ProviderEvaluation<?> evaluation, ErrorCode code) {
    assertThat(evaluation.getErrorCode()).isEqualTo(code);
    assertThat(evaluation.getErrorMessage()).isNotBlank();
    assertThat(evaluation.getReason()).isEqualTo("ERROR");
    assertThat(evaluation.getValue()).as("no value beside an error").isNull();
  }

  @Test
  void requirement_2_1_1_the_metadata_name_the_provider() {
    assertThat(provider.getMetadata().getName()).isEqualTo("growthbus");
  }

  @Test
  void requirement_2_2_1_and_2_2_2_1_every_type_is_resolved_by_key_default_and_context() {
    assertThat(provider.getBooleanEvaluation("boolean", false, ADA).getValue()).isTrue();
    assertThat(provider.getStringEvaluation("text", "bye", ADA).getValue()).isEqualTo("hi");
    assertThat(provider.getIntegerEvaluation("integer", 1, ADA).getValue()).isEqualTo(10);
    assertThat(provider.getLongEvaluation("long", 1L, ADA).getValue())
        .isEqualTo(9_007_199_254_740_993L);
    assertThat(provider.getDoubleEvaluation("double", 0.1, ADA).getValue()).isEqualTo(0.5);
    Structure object =
        provider.getObjectEvaluation("object", new Value(), ADA).getValue().asStructure();
    assertThat(object.getValue("title").asString()).isEqualTo("Pictures");
    assertThat(object.getValue("perPage").asInteger()).isEqualTo(100);
    assertThat(object.getValue("ratio").asDouble()).isEqualTo(0.5);
    assertThat(object.getValue("show").asBoolean()).isTrue();
    assertThat(object.getValue("sizes").asList()).hasSize(2);
    assertThat(object.getValue("border").asStructure().getValue("width").asInteger()).isZero();
  }

  @Test
  void requirement_2_2_1_the_context_reaches_the_rules_whole() {
    MutableContext german =
        new MutableContext("ada")
            .add("address", new MutableStructure().add("country", "DE"))
            .add("groups", List.of(new Value("alpha"), new Value("beta")))
            .add("since", Instant.parse("2026-03-01T00:00:00Z"));

    assertThat(bool("ruled", german).getValue()).isTrue();
    assertThat(bool("ruled", german.add("since", "2025-03-01")).getValue()).isFalse();
  }

  @Test
  void requirement_2_2_1_a_context_does_not_disturb_a_flag_that_looks_at_nothing() {
    EvaluationContext odd =
        new MutableContext("ada").add("nothing", (String) null).add("tier", List.of());

    for (EvaluationContext context : List.of(NOBODY, ADA, odd)) {
      assertThat(provider.getStringEvaluation("text", "bye", context).getValue()).isEqualTo("hi");
    }
    assertThat(provider.getStringEvaluation("text", "bye", null).getValue()).isEqualTo("hi");
  }

  @Test
  void requirement_2_2_3_false_zero_and_the_empty_text_are_values() {
    assertThat(provider.getBooleanEvaluation("boolean_zero", true, ADA).getValue()).isFalse();
    assertThat(provider.getIntegerEvaluation("integer_zero", 1, ADA).getValue()).isZero();
    assertThat(provider.getLongEvaluation("integer_zero", 1L, ADA).getValue()).isZero();
    assertThat(provider.getDoubleEvaluation("integer_zero", 1.5, ADA).getValue()).isZero();
    assertThat(provider.getStringEvaluation("text_zero", "bye", ADA).getValue()).isEmpty();
  }

  @Test
  void requirement_2_2_3_a_number_keeps_every_digit() {
    assertThat(provider.getIntegerEvaluation("largest_integer", 1, ADA).getValue())
        .isEqualTo(Integer.MAX_VALUE);
    assertThat(provider.getIntegerEvaluation("whole_double", 1, ADA).getValue()).isEqualTo(10);
    assertThat(provider.getDoubleEvaluation("integer", 1.5, ADA).getValue()).isEqualTo(10.0);
  }

  @Test
  void requirement_2_2_4_the_variant_is_named() {
    assertThat(bool("boolean", ADA).getVariant()).isEqualTo("on");
    assertThat(provider.getStringEvaluation("text", "bye", ADA).getVariant()).isEqualTo("greeting");
    assertThat(provider.getIntegerEvaluation("integer_zero", 1, ADA).getVariant())
        .isEqualTo("zero");
  }

  @Test
  void requirement_2_2_5_the_reason_is_that_of_the_other_surfaces() {
    assertThat(bool("boolean", ADA).getReason()).isEqualTo("STATIC");
    assertThat(bool("half", ADA).getReason()).isEqualTo("SPLIT");
    assertThat(bool("half", new ImmutableContext("named")).getReason())
        .isEqualTo("TARGETING_MATCH");
    assertThat(bool("ruled", ADA).getReason()).isEqualTo("DEFAULT");
    assertThat(bool("ruled", new MutableContext("ada").add("plan", "old")).getReason())
        .isEqualTo("RULE_EXCLUDED");
    assertThat(bool("needing", ADA).getReason()).isEqualTo("PREREQUISITE_FAILED");
  }

  @Test
  void requirement_2_2_5_a_disabled_flag_is_off_and_says_so() {
    ProviderEvaluation<Boolean> disabled = bool("disabled", ADA);

    assertThat(disabled.getValue()).isFalse();
    assertThat(disabled.getReason()).isEqualTo("DISABLED");
    assertThat(disabled.getErrorCode()).isNull();
  }

  @Test
  void requirement_2_2_6_and_2_3_2_an_answer_has_neither_error_code_nor_message() {
    Stream.of(
            bool("boolean", ADA),
            provider.getStringEvaluation("text_zero", "bye", ADA),
            provider.getIntegerEvaluation("integer_zero", 1, ADA),
            provider.getLongEvaluation("long", 1L, ADA),
            provider.getDoubleEvaluation("double", 0.1, ADA),
            provider.getObjectEvaluation("object", new Value(), ADA))
        .forEach(
            evaluation -> {
              assertThat(evaluation.getErrorCode()).isNull();
              assertThat(evaluation.getErrorMessage()).isNull();
            });
  }

  @Test
  void requirement_2_2_7_and_2_3_3_an_unknown_flag_is_not_found() {
    assertError(bool("missing", ADA), ErrorCode.FLAG_NOT_FOUND);
    assertError(
        provider.getObjectEvaluation("missing", new Value(), ADA), ErrorCode.FLAG_NOT_FOUND);
  }

  @Test
  void requirement_2_2_7_another_type_is_a_mismatch() {
    List.of("text", "integer", "double", "object")
        .forEach(key -> assertError(bool(key, ADA), ErrorCode.TYPE_MISMATCH));
    List.of("boolean", "integer", "double", "object")
        .forEach(
            key ->
                assertError(
                    provider.getStringEvaluation(key, "bye", ADA), ErrorCode.TYPE_MISMATCH));
    List.of("boolean", "text", "object")
        .forEach(
            key -> {
              assertError(provider.getIntegerEvaluation(key, 1, ADA), ErrorCode.TYPE_MISMATCH);
              assertError(provider.getLongEvaluation(key, 1L, ADA), ErrorCode.TYPE_MISMATCH);
              assertError(provider.getDoubleEvaluation(key, 0.1, ADA), ErrorCode.TYPE_MISMATCH);
            });
  }

  @Test
  void requirement_2_2_7_a_number_is_never_narrowed_with_a_loss() {
    assertError(provider.getIntegerEvaluation("double", 1, ADA), ErrorCode.TYPE_MISMATCH);
    assertError(provider.getLongEvaluation("double", 1L, ADA), ErrorCode.TYPE_MISMATCH);
    assertError(provider.getIntegerEvaluation("long", 1, ADA), ErrorCode.TYPE_MISMATCH);
    assertError(provider.getDoubleEvaluation("long", 0.1, ADA), ErrorCode.TYPE_MISMATCH);
  }

  @Test
  void requirement_2_2_7_a_partial_rollout_needs_a_targeting_key_and_no_other_flag_does() {
    assertError(bool("half", NOBODY), ErrorCode.TARGETING_KEY_MISSING);
    assertError(bool("half", new ImmutableContext("")), ErrorCode.TARGETING_KEY_MISSING);
    assertThat(bool("boolean", NOBODY).getValue()).isTrue();
    assertThat(bool("ruled", NOBODY).getValue()).isFalse();
  }

  @Test
  void requirement_2_2_7_before_the_initialization_nothing_is_resolved() {
    GrowthbusProvider fresh = new GrowthbusProvider(vertx);

    assertError(fresh.getBooleanEvaluation("boolean", false, ADA), ErrorCode.PROVIDER_NOT_READY);
    assertThat(fresh.flagClient()).isEmpty();
    fresh.shutdown();
  }

  @Test
  void requirement_2_2_7_a_flag_on_facts_waits_for_the_server_off_event_loops_only() {
    assertThat(bool("tiered", ADA).getValue()).isTrue();
    assertThat(room.asked()).isEqualTo(1);

    Promise<ProviderEvaluation<Boolean>> onLoop = Promise.promise();
    vertx.runOnContext(turn -> onLoop.complete(bool("tiered", ADA)));
    ProviderEvaluation<Boolean> refused = Await.result(onLoop.future());
    assertError(refused, ErrorCode.GENERAL);
    assertThat(refused.getErrorMessage()).contains("event loop");

    Future<Boolean> instead =
        provider
            .flagClient()
            .orElseThrow()
            .evaluate("tiered", "ada", Map.of())
            .map(answer -> (Boolean) answer.value());
    assertThat(Await.result(instead)).isTrue();
  }

  @Test
  void requirement_2_2_7_a_server_that_does_not_answer_is_an_error_of_that_flag_only() {
    room.setAway(true);

    assertError(bool("tiered", ADA), ErrorCode.GENERAL);
    assertThat(bool("boolean", ADA).getValue()).isTrue();
  }

  @Test
  void requirement_2_2_9_and_2_2_10_the_metadata_name_revisions_and_rule() {
    ProviderEvaluation<Boolean> matched =
        bool("ruled", new MutableContext("ada").add("plan", "old"));

    assertThat(matched.getFlagMetadata().getLong("revision")).isEqualTo(7);
    assertThat(matched.getFlagMetadata().getLong("flag_revision")).isEqualTo(7);
    assertThat(matched.getFlagMetadata().getString("rule")).isEqualTo("nobody");
    assertThat(bool("boolean", ADA).getFlagMetadata().getString("rule")).isNull();
  }

  @Test
  void requirement_2_3_1_the_provider_adds_no_hook_of_its_own() {
    assertThat(provider.getProviderHooks()).isEmpty();
  }
}
