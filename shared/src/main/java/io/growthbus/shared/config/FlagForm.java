package io.growthbus.shared.config;

import io.growthbus.shared.bus.Wire;
import io.growthbus.shared.flags.Definition;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.MurmurBuckets;
import io.growthbus.shared.flags.Targeting;
import io.growthbus.shared.flags.Targeting.Condition;
import io.growthbus.shared.flags.Targeting.Holdout;
import io.growthbus.shared.flags.Targeting.Range;
import io.growthbus.shared.flags.Targeting.Rule;
import io.growthbus.shared.flags.Targeting.Segment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** Writes flags as {@code growth.json} says them; what is as it would be anyway is left out. */
public final class FlagForm {
  private FlagForm() {}

  /** A definition as JSON values: texts, numbers, booleans, lists, and maps in order. */
  public static Map<String, Object> of(Definition definition) {
    if (definition instanceof FlagDefinition flag) {
      return of(flag);
    }
    return definition instanceof Segment segment
        ? map("key", segment.key(), "if", conditions(segment.conditions()))
        : map("key", definition.key(), "percentage", number(((Holdout) definition).percentage()));
  }

  /** A definition as compact JSON text of an object. */
  public static String text(Definition definition) {
    return Wire.encode(of(definition)).toString();
  }

  /** A flag as JSON values. */
  public static Map<String, Object> of(FlagDefinition flag) {
    Map<String, Object> form = new LinkedHashMap<>();
    form.put("key", flag.key());
    form.put("enabled", flag.enabled());
    form.put("rollout_percentage", number(flag.rolloutPercentage()));
    form.put("target_users", flag.targetUsers());
    form.put("evaluation", word(flag.surface()));
    if (flag.targeting() != null) {
      targeting(flag.targeting(), form);
    }
    return form;
  }

  /** A segment as JSON values. */
  public static Map<String, Object> of(Segment segment) {
    return map("key", segment.key(), "if", conditions(segment.conditions()));
  }

  /** A holdout as JSON values. */
  public static Map<String, Object> of(Holdout holdout) {
    return map("key", holdout.key(), "percentage", number(holdout.percentage()));
  }

  private static void targeting(Targeting targeting, Map<String, Object> form) {
    form.put("bucketing", word(targeting.bucketing()));
    if (targeting.salt() != null) {
      form.put("salt", targeting.salt());
    }
    if (!targeting.bucketBy().equals(Targeting.USER_ID)) {
      form.put("bucket_by", targeting.bucketBy());
    }
    if (!targeting.variants().isEmpty()) {
      form.put("variants", targeting.variants());
    }
    form.put("on", targeting.on());
    form.put("off", targeting.off());
    split(targeting.split(), form);
    list(
        "targets",
        targeting.targets().stream()
            .map(target -> map("variant", target.variant(), "users", target.users()))
            .toList(),
        form);
    list("rules", targeting.rules().stream().map(FlagForm::rule).toList(), form);
    list(
        "prerequisites",
        targeting.prerequisites().stream()
            .map(needed -> map("flag", needed.flag(), "variants", needed.variants()))
            .toList(),
        form);
    if (targeting.holdout() != null) {
      form.put("holdout", targeting.holdout());
    }
  }

  private static Map<String, Object> rule(Rule rule) {
    Map<String, Object> form = map("key", rule.key());
    form.put("if", conditions(rule.conditions()));
    form.put("rollout_percentage", number(rule.rolloutPercentage()));
    if (rule.variant() != null) {
      form.put("variant", rule.variant());
    }
    split(rule.split(), form);
    if (rule.variant() == null) {
      // Without a split, also an empty one, it would be read as the variant "on".
      form.putIfAbsent("split", List.of());
    }
    return form;
  }

  static List<Map<String, Object>> conditions(List<Condition> conditions) {
    return conditions.stream().map(FlagForm::condition).toList();
  }

  private static Map<String, Object> condition(Condition condition) {
    Map<String, Object> form = new LinkedHashMap<>();
    if (condition.segment() != null) {
      form.put("segment", condition.segment());
    } else {
      form.put("attribute", Objects.requireNonNull(condition.attribute()));
      form.put("operator", word(Objects.requireNonNull(condition.operator())));
      if (!condition.values().isEmpty()) {
        form.put("values", condition.values());
      }
    }
    if (condition.negated()) {
      form.put("not", true);
    }
    return form;
  }

  private static void split(List<Range> split, Map<String, Object> form) {
    list(
        "split",
        split.stream()
            .map(
                range ->
                    map(
                        "variant",
                        range.variant(),
                        "from",
                        percentage(range.from()),
                        "to",
                        percentage(range.to())))
            .toList(),
        form);
  }

  private static Number percentage(int buckets) {
    return number(buckets * 100.0 / MurmurBuckets.BUCKETS);
  }

  static Number number(double value) {
    return value == Math.rint(value) ? (Number) (long) value : (Number) value;
  }

  private static void list(String field, List<?> values, Map<String, Object> form) {
    if (!values.isEmpty()) {
      form.put(field, values);
    }
  }

  private static Map<String, Object> map(Object... pairs) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put((String) pairs[i], pairs[i + 1]);
    }
    return map;
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
