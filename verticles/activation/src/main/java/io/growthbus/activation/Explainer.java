package io.growthbus.activation;

import io.growthbus.activation.core.Crossings;
import io.growthbus.activation.core.Eligibility;
import io.growthbus.activation.core.Verdict;
import io.growthbus.activation.store.PromptStore;
import io.growthbus.activation.store.PromptStore.Story;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.ExplainPrompt;
import io.growthbus.shared.message.MeterUsage;
import io.growthbus.shared.message.PromptExplanation;
import io.growthbus.shared.message.PromptExplanation.Step;
import io.growthbus.shared.message.ReadUsage;
import io.growthbus.shared.message.ResolveEntitlement;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Says why a user was, or was not, shown the prompt of a rule. */
final class Explainer {
  private final PromptStore store;
  private final Bus bus;
  private final Live<GrowthConfig> config;
  private final Supplier<List<Rule>> rules;

  /**
   * @param rules the rules of this moment
   */
  Explainer(PromptStore store, Bus bus, Live<GrowthConfig> config, Supplier<List<Rule>> rules) {
    this.store = store;
    this.bus = bus;
    this.config = config;
    this.rules = rules;
  }

  /** What is known at the moment of the question; null where it could not be read. */
  private record Known(
      @Nullable Rule rule,
      @Nullable MeterUsage usage,
      @Nullable Entitlement entitlement,
      Optional<Story> story) {}

  /**
   * Explains.
   *
   * @return what rooms that do not answer would say is called unknown; fails with {@code
   *     unknown_rule} when there neither is nor was such a rule, {@code store_unavailable} when the
   *     prompts cannot be read
   */
  Future<PromptExplanation> explain(ExplainPrompt question) {
    Rule rule =
        rules.get().stream()
            .filter(known -> known.key().equals(question.rule()))
            .findFirst()
            .orElse(null);
    Future<@Nullable MeterUsage> usage =
        rule == null
            ? Future.succeededFuture()
            : bus.ask(Channels.READ_USAGE, new ReadUsage(rule.meter(), question.userId(), false))
                .otherwiseEmpty();
    Future<@Nullable Entitlement> entitlement =
        bus.ask(Channels.RESOLVE_ENTITLEMENT, new ResolveEntitlement(question.userId()))
            .otherwiseEmpty();
    return store
        .story(question.userId(), question.rule())
        .recover(Explainer::unavailable)
        .compose(
            story ->
                Future.join(usage, entitlement)
                    .map(
                        asked ->
                            explanation(
                                question,
                                new Known(rule, usage.result(), entitlement.result(), story))));
  }

  private PromptExplanation explanation(ExplainPrompt question, Known known) {
    if (known.rule() == null && known.story().isEmpty()) {
      throw new RoomException(
          ErrorKind.NOT_FOUND, "unknown_rule", "There is no rule of this key, and there was none.");
    }
    Eligibility eligibility =
        known.entitlement() == null
            ? Eligibility.UNKNOWN
            : Eligibility.of(known.entitlement(), config.get().entitlements());
    Story story = known.story().orElse(null);
    Verdict verdict =
        Verdict.of(
            known.rule() != null,
            count(known.usage()),
            known.rule() == null ? 0 : Crossings.lowest(known.rule()),
            story != null,
            story == null ? null : story.state(),
            story == null ? null : story.suppression(),
            eligibility);
    List<Step> steps = new ArrayList<>();
    steps.add(rule(known.rule()));
    steps.add(counter(known.rule(), known.usage()));
    steps.add(crossing(story));
    steps.add(entitlement(known.entitlement(), eligibility));
    steps.add(prompt(story));
    return new PromptExplanation(
        question.userId(), question.rule(), verdict.code(), verdict.text(), List.copyOf(steps));
  }

  private static @Nullable Long count(@Nullable MeterUsage usage) {
    return usage == null
        ? null
        : Long.valueOf(
            new BigDecimal(usage.value()).setScale(0, RoundingMode.FLOOR).longValueExact());
  }

  private static Step rule(@Nullable Rule rule) {
    return rule == null
        ? step("rule", "gone", new JsonObject())
        : step(
            "rule",
            "known",
            new JsonObject()
                .put("meter", rule.meter())
                .put("threshold", Crossings.lowest(rule))
                .put("priority", rule.priority()));
  }

  private static Step counter(@Nullable Rule rule, @Nullable MeterUsage usage) {
    Long count = count(usage);
    if (rule == null || usage == null || count == null) {
      return step("counter", "unknown", new JsonObject());
    }
    return step(
        "counter",
        count >= Crossings.lowest(rule) ? "reached" : "below",
        new JsonObject()
            .put("value", new BigDecimal(usage.value()))
            .put("period_start", usage.periodStartMs())
            .put("resets_at", usage.resetsAtMs()));
  }

  private static Step crossing(@Nullable Story story) {
    return story == null
        ? step("crossing", "none", new JsonObject())
        : step(
            "crossing",
            "noted",
            new JsonObject()
                .put("threshold", story.threshold())
                .put("at_count", story.atCount())
                .put("crossed_at", story.crossedAtMs()));
  }

  private static Step entitlement(@Nullable Entitlement entitlement, Eligibility eligibility) {
    return entitlement == null
        ? step("entitlement", "unknown", new JsonObject())
        : step(
            "entitlement",
            eligibility.name().toLowerCase(Locale.ROOT),
            new JsonObject()
                .put("tier", entitlement.tier())
                .put("state", entitlement.state().name().toLowerCase(Locale.ROOT))
                .put("reason", entitlement.reason())
                .put("last_sync", entitlement.lastSyncMs())
                .put("revision", entitlement.revision()));
  }

  private static Step prompt(@Nullable Story story) {
    return story == null || story.state() == null
        ? step("prompt", "none", new JsonObject())
        : step(
            "prompt",
            story.state().name().toLowerCase(Locale.ROOT),
            new JsonObject()
                .put("suppression", story.suppression())
                .put("attempts", story.attempts())
                .put("next_push_at", story.nextPushAtMs())
                .put("created_at", story.createdAtMs())
                .put("shown_at", story.shownAtMs())
                .put("handled_at", story.handledAtMs())
                .put("expires_at", story.expiresAtMs()));
  }

  private static Step step(String name, String outcome, JsonObject facts) {
    return new Step(name, outcome, facts.encode());
  }

  private static <T> Future<T> unavailable(Throwable failure) {
    return Future.failedFuture(
        Postgres.isTransient(failure)
            ? new RoomException(
                ErrorKind.UNAVAILABLE,
                "store_unavailable",
                "Prompts cannot be read now; try again.")
            : failure);
  }
}
