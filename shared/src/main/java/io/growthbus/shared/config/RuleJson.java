package io.growthbus.shared.config;

import io.growthbus.shared.bus.Wire;
import io.growthbus.shared.config.GrowthConfig.Rule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes an activation rule, so that {@link RuleReader} reads the same again. */
public final class RuleJson {
  private RuleJson() {}

  /** The rule as compact JSON text of an object. */
  public static String text(Rule rule) {
    return Wire.encode(of(rule)).toString();
  }

  /**
   * The rule as JSON values: texts, numbers, lists, and maps in order. Every field is named, except
   * the audience and the flag of a rule that has none.
   */
  public static Map<String, Object> of(Rule rule) {
    Map<String, Object> form = new LinkedHashMap<>();
    form.put("key", rule.key());
    form.put("meter", rule.meter());
    List<Threshold> thresholds = rule.thresholds();
    if (thresholds.size() == 1 && thresholds.get(0) instanceof Threshold.Count one) {
      form.put("threshold", one.value());
    } else {
      form.put("thresholds", thresholds.stream().map(RuleJson::of).toList());
    }
    form.put("rearm", rule.rearm().name().toLowerCase(Locale.ROOT));
    form.put("epoch", rule.epoch());
    if (rule.audience() != null) {
      form.put("audience", FlagForm.conditions(rule.audience()));
    }
    if (rule.flag() != null) {
      form.put("flag", rule.flag());
    }
    form.put("holdout", FlagForm.number(rule.holdout()));
    form.put("fresh_for_ms", rule.freshFor().toMillis());
    form.put("title", rule.title());
    form.put("body", rule.body());
    form.put("cta", cta(rule));
    form.put("priority", rule.priority());
    form.put("expires_after_ms", rule.expiresAfter().toMillis());
    return form;
  }

  private static Map<String, Object> cta(Rule rule) {
    Map<String, Object> cta = new LinkedHashMap<>();
    cta.put("label", rule.ctaLabel());
    cta.put("url", rule.ctaUrl());
    return cta;
  }

  /** A threshold as a rule writes it: a number or an object. */
  public static Object of(Threshold threshold) {
    if (threshold instanceof Threshold.OfLimit part) {
      return Map.of("percent", part.percent());
    }
    return threshold instanceof Threshold.Every step
        ? Map.of("every", step.size())
        : (Object) ((Threshold.Count) threshold).value();
  }
}
