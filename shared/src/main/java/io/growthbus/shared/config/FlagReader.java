package io.growthbus.shared.config;

import io.growthbus.shared.flags.Bucketing;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.MurmurBuckets;
import io.growthbus.shared.flags.Operator;
import io.growthbus.shared.flags.Targeting;
import io.growthbus.shared.flags.Targeting.Condition;
import io.growthbus.shared.flags.Targeting.Holdout;
import io.growthbus.shared.flags.Targeting.Prerequisite;
import io.growthbus.shared.flags.Targeting.Range;
import io.growthbus.shared.flags.Targeting.Rule;
import io.growthbus.shared.flags.Targeting.Segment;
import io.growthbus.shared.flags.Targeting.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads flags as JSON says them. What one says of another is checked when all are read. */
final class FlagReader {
  private static final List<String> OPERATORS = words(Operator.values());
  private static final List<String> SURFACES = words(Surface.values());
  private static final int MOST = 1_000;

  /** Levels of a value within a variant; what is stored and sent has a few more around it. */
  private static final int DEEPEST = 16;

  private FlagReader() {}

  private static List<String> words(Enum<?>[] values) {
    return Arrays.stream(values).map(value -> value.name().toLowerCase(Locale.ROOT)).toList();
  }

  /**
   * A flag.
   *
   * @param evaluator where it may be evaluated unless it says so itself
   */
  static FlagDefinition flag(JsonCursor at, String evaluator) {
    return flag(at, at.key("key"), evaluator);
  }

  /** A flag whose key is known. */
  static FlagDefinition flag(JsonCursor at, String key, String evaluator) {
    String surface = at.choice("evaluation", evaluator, SURFACES);
    FlagDefinition seed =
        new FlagDefinition(
            key,
            at.flag("enabled", false),
            at.decimal("rollout_percentage", 0, 0, 100),
            at.texts("target_users"),
            surface(surface));
    Targeting targeting = targeting(at);
    return targeting.equals(Targeting.SEED)
        ? seed
        : new FlagDefinition(
            seed.key(),
            seed.enabled(),
            seed.rolloutPercentage(),
            seed.targetUsers(),
            seed.surface(),
            targeting);
  }

  /** Where a flag may be evaluated, by its word. */
  static Surface surface(String word) {
    return Surface.valueOf(word.toUpperCase(Locale.ROOT));
  }

  private static Targeting targeting(JsonCursor at) {
    String bucketing = at.choice("bucketing", "seed", List.of("seed", "murmur3"));
    Map<String, Object> variants = at.values("variants");
    boolean named = !variants.isEmpty();
    if (variants.values().stream().anyMatch(value -> isDeeper(value, DEEPEST))) {
      at.error("variants", "must not be nested deeper than " + DEEPEST + " levels");
    }
    return new Targeting(
        bucketing.equals("seed") ? Bucketing.SEED : Bucketing.MURMUR3,
        at.has("salt") ? at.text("salt", "") : null,
        at.text("bucket_by", Targeting.USER_ID),
        variants,
        at.text("on", named ? null : "on"),
        at.text("off", named ? null : "off"),
        split(at),
        at.objects(
            "targets", target -> new Target(target.text("variant", null), target.texts("users"))),
        at.objects("rules", FlagReader::rule),
        at.objects(
            "prerequisites", needed -> new Prerequisite(needed.key("flag"), variantsOf(needed))),
        at.has("holdout") ? at.key("holdout") : null);
  }

  private static boolean isDeeper(@Nullable Object value, int levels) {
    Collection<?> parts =
        value instanceof Map<?, ?> map
            ? map.values()
            : value instanceof Collection<?> list ? list : List.of();
    return !parts.isEmpty()
        && (levels == 0 || parts.stream().anyMatch(part -> isDeeper(part, levels - 1)));
  }

  private static List<String> variantsOf(JsonCursor needed) {
    List<String> variants = needed.texts("variants");
    return needed.has("variants") ? variants : List.of("on");
  }

  private static Rule rule(JsonCursor at) {
    boolean split = at.has("split");
    if (split && at.has("variant")) {
      at.error("variant", "cannot stand beside \"split\"; keep one of them");
    }
    return new Rule(
        at.key("key"),
        at.objects("if", FlagReader::condition),
        at.decimal("rollout_percentage", 100, 0, 100),
        split ? null : at.text("variant", "on"),
        split(at));
  }

  /** A segment. */
  static Segment segment(JsonCursor at) {
    return segment(at, at.key("key"));
  }

  /** A segment whose key is known. */
  static Segment segment(JsonCursor at, String key) {
    return new Segment(key, at.objects("if", FlagReader::condition));
  }

  /** A holdout. */
  static Holdout holdout(JsonCursor at) {
    return holdout(at, at.key("key"));
  }

  /** A holdout whose key is known. */
  static Holdout holdout(JsonCursor at, String key) {
    return new Holdout(key, at.decimal("percentage", 0, 0, 100));
  }

  /** Conditions, at most so many. */
  static List<Condition> conditions(JsonCursor at, String field, int most) {
    List<Condition> conditions = at.objects(field, FlagReader::condition);
    if (conditions.size() > most) {
      at.error(field, "must hold at most " + most + " conditions");
    }
    return conditions;
  }

  private static Condition condition(JsonCursor at) {
    boolean negated = at.flag("not", false);
    if (at.has("segment")) {
      return new Condition(null, null, List.of(), at.key("segment"), negated);
    }
    String operator = at.choice("operator", "in", OPERATORS);
    return new Condition(
        at.text("attribute", null),
        Operator.valueOf(operator.toUpperCase(Locale.ROOT)),
        at.scalars("values", MOST),
        null,
        negated);
  }

  /** Shares one after the other, {@code {"a": 50, "b": 50}}, or ranges that keep their places. */
  private static List<Range> split(JsonCursor at) {
    if (at.isArray("split")) {
      return at.objects(
          "split",
          range ->
              new Range(
                  range.text("variant", null),
                  buckets(range.decimal("from", 0, 0, 100)),
                  buckets(range.decimal("to", 100, 0, 100))));
    }
    List<Range> ranges = new ArrayList<>();
    int end = 0;
    for (Map.Entry<String, Double> share : at.decimals("split", 0, 100).entrySet()) {
      int to = end + buckets(share.getValue());
      ranges.add(new Range(share.getKey(), end, to));
      end = to;
    }
    return ranges;
  }

  private static int buckets(double percentage) {
    return (int) Math.round(percentage * MurmurBuckets.BUCKETS / 100);
  }
}
