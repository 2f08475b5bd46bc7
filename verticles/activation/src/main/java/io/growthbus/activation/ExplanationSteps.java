package io.growthbus.activation;

import io.growthbus.activation.Inquiry.Findings;
import io.growthbus.activation.core.Circumstances;
import io.growthbus.activation.core.Crossings;
import io.growthbus.activation.core.Suppression;
import io.growthbus.activation.store.PromptStore.Story;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.config.PromptCaps;
import io.growthbus.shared.config.RuleJson;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.MeterUsage;
import io.growthbus.shared.message.PromptExplanation.Step;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What was looked at on the way from a counter to a prompt, step by step. */
final class ExplanationSteps {
  private static final String UNKNOWN = "unknown";
  private static final String NONE = "none";
  private static final Set<String> OF_CAPS =
      Set.of(
          Suppression.CAP_PROMPT.code(),
          Suppression.CAP_DAY.code(),
          Suppression.CAP_DISTANCE.code(),
          Suppression.LOWER_PRIORITY.code());

  private ExplanationSteps() {}

  /** Every step, in the order in which it is decided. */
  static List<Step> of(
      @Nullable Rule rule,
      @Nullable MeterUsage usage,
      @Nullable Long count,
      @Nullable Story story,
      @Nullable Entitlement entitlement,
      Findings findings,
      PromptCaps caps) {
    return List.of(
        rule(rule),
        counter(rule, usage, count),
        crossing(story),
        freshness(rule, story),
        entitlement(entitlement, findings.circumstances()),
        audience(findings.circumstances()),
        consent(findings),
        flag(rule, findings),
        holdout(rule, findings.circumstances()),
        caps(story, caps),
        prompt(story));
  }

  private static Step rule(@Nullable Rule rule) {
    if (rule == null) {
      return step("rule", "gone", new JsonObject());
    }
    JsonArray thresholds = new JsonArray();
    rule.thresholds().forEach(threshold -> thresholds.add(RuleJson.of(threshold)));
    return step(
        "rule",
        "known",
        new JsonObject()
            .put("meter", rule.meter())
            .put("threshold", Crossings.lowest(rule))
            .put("thresholds", thresholds)
            .put("rearm", word(rule.rearm()))
            .put("epoch", rule.epoch())
            .put("priority", rule.priority()));
  }

  private static Step counter(
      @Nullable Rule rule, @Nullable MeterUsage usage, @Nullable Long count) {
    if (rule == null || usage == null || count == null) {
      return step("counter", UNKNOWN, new JsonObject());
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
        ? step("crossing", NONE, new JsonObject())
        : step(
            "crossing",
            "noted",
            new JsonObject()
                .put("step", story.stepKind())
                .put("number", story.stepNumber())
                .put("period_start", story.periodStart())
                .put("threshold", story.threshold())
                .put("at_count", story.atCount())
                .put("crossed_at", story.crossedAtMs()));
  }

  private static Step freshness(@Nullable Rule rule, @Nullable Story story) {
    JsonObject facts = new JsonObject();
    if (rule != null) {
      facts.put("fresh_for_ms", rule.freshFor().toMillis());
    }
    if (story == null) {
      return step("freshness", NONE, facts);
    }
    boolean late = Suppression.NOT_FRESH.code().equals(story.suppression());
    return step("freshness", late ? "not_fresh" : "fresh", facts);
  }

  private static Step entitlement(@Nullable Entitlement entitlement, Circumstances circumstances) {
    return entitlement == null
        ? step("entitlement", UNKNOWN, new JsonObject())
        : step(
            "entitlement",
            word(circumstances.tier()),
            new JsonObject()
                .put("tier", entitlement.tier())
                .put("state", word(entitlement.state()))
                .put("reason", entitlement.reason())
                .put("last_sync", entitlement.lastSyncMs())
                .put("revision", entitlement.revision()));
  }

  private static Step audience(Circumstances circumstances) {
    return circumstances
        .audience()
        .map(
            answer ->
                step(
                    "audience",
                    switch (answer) {
                      case YES -> "matched";
                      case NO -> "not_matched";
                      case UNKNOWN -> UNKNOWN;
                    },
                    new JsonObject()))
        .orElseGet(() -> step("audience", "not_paying", new JsonObject()));
  }

  private static Step consent(Findings findings) {
    JsonObject facts = new JsonObject();
    if (findings.consent() != null) {
      findings.consent().purposes().forEach((purpose, said) -> facts.put(purpose, word(said)));
    }
    return step(
        "consent",
        switch (findings.circumstances().consent()) {
          case YES -> "permitted";
          case NO -> "denied";
          case UNKNOWN -> UNKNOWN;
        },
        facts);
  }

  private static Step flag(@Nullable Rule rule, Findings findings) {
    if (rule == null || rule.flag() == null) {
      return step("flag", NONE, new JsonObject());
    }
    JsonObject facts = new JsonObject().put("flag", rule.flag());
    FlagAnswer answer = findings.flag();
    if (answer != null) {
      facts
          .put("reason", answer.reason())
          .put("variant", answer.variant())
          .put("rule", answer.rule())
          .put("revision", answer.revision());
    }
    return step(
        "flag",
        switch (findings.circumstances().flag()) {
          case YES -> "on";
          case NO -> "off";
          case UNKNOWN -> UNKNOWN;
        },
        facts);
  }

  private static Step holdout(@Nullable Rule rule, Circumstances circumstances) {
    return rule == null || rule.holdout() == 0
        ? step("holdout", NONE, new JsonObject())
        : step(
            "holdout",
            circumstances.heldOut() ? "held_out" : "not_held_out",
            new JsonObject().put("percentage", rule.holdout()));
  }

  private static Step caps(@Nullable Story story, PromptCaps caps) {
    if (caps.isNone()) {
      return step("caps", NONE, new JsonObject());
    }
    JsonObject facts =
        new JsonObject()
            .put("per_prompt", caps.perPrompt())
            .put("per_day", caps.perDay())
            .put("min_distance_ms", caps.minDistance().toMillis());
    if (story == null) {
      return step("caps", "not_asked", facts);
    }
    facts
        .put("granted_at", story.grantedAtMs())
        .put("of_rule", story.grants().ofRule())
        .put("within_day", story.grants().withinDay())
        .put("last_at", story.grants().lastAtMs());
    String why = story.held() == null ? story.suppression() : story.held();
    if (why != null && OF_CAPS.contains(why)) {
      return step("caps", why, facts);
    }
    return step("caps", story.grantedAtMs() == null ? "not_asked" : "granted", facts);
  }

  private static Step prompt(@Nullable Story story) {
    return story == null || story.state() == null
        ? step("prompt", NONE, new JsonObject())
        : step(
            "prompt",
            word(story.state()),
            new JsonObject()
                .put("suppression", story.suppression())
                .put("held", story.held())
                .put("attempts", story.attempts())
                .put("next_push_at", story.nextPushAtMs())
                .put("created_at", story.createdAtMs())
                .put("granted_at", story.grantedAtMs())
                .put("shown_at", story.shownAtMs())
                .put("handled_at", story.handledAtMs())
                .put("expires_at", story.expiresAtMs()));
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static Step step(String name, String outcome, JsonObject facts) {
    return new Step(name, outcome, facts.encode());
  }
}
