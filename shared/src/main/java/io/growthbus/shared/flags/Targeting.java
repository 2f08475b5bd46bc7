package io.growthbus.shared.flags;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a flag says beyond a boolean with a rollout.
 *
 * @param bucketing how units are put into buckets
 * @param salt goes into murmur3 buckets; null = the key of the flag
 * @param bucketBy attribute whose value is the unit: a text or a whole number; {@code user_id} for
 *     the user
 * @param variants value of each variant: boolean, text, number, list or object; empty = {@code on}
 *     and {@code off}
 * @param on variant of those whom the rollout reaches
 * @param off variant of everyone else
 * @param split which share of those whom the rollout reaches gets which variant; empty = all {@code
 *     on}
 * @param targets users who get a variant whatever rules and rollout say
 * @param rules the first that matches decides
 * @param prerequisites flags that must have a certain variant first, else it is {@code off}
 * @param holdout key of the {@link Holdout} whose units never get it, or null
 */
public record Targeting(
    Bucketing bucketing,
    @Nullable String salt,
    String bucketBy,
    Map<String, Object> variants,
    String on,
    String off,
    List<Range> split,
    List<Target> targets,
    List<Rule> rules,
    List<Prerequisite> prerequisites,
    @Nullable String holdout) {

  /** Attribute that stands for the user of the question. */
  public static final String USER_ID = "user_id";

  /** A boolean flag with a rollout over users and nothing else. */
  public static final Targeting SEED =
      new Targeting(
          Bucketing.SEED,
          null,
          USER_ID,
          Map.of(),
          "on",
          "off",
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          null);

  public Targeting {
    variants = Collections.unmodifiableMap(new LinkedHashMap<>(variants));
    split = List.copyOf(split);
    targets = List.copyOf(targets);
    rules = List.copyOf(rules);
    prerequisites = List.copyOf(prerequisites);
  }

  /** The same with other users and other conditions. */
  public Targeting with(UnaryOperator<List<String>> users, UnaryOperator<Condition> conditions) {
    return new Targeting(
        bucketing,
        salt,
        bucketBy,
        variants,
        on,
        off,
        split,
        targets.stream()
            .map(target -> new Target(target.variant(), users.apply(target.users())))
            .toList(),
        rules.stream()
            .map(
                rule ->
                    new Rule(
                        rule.key(),
                        rule.conditions().stream().map(conditions).toList(),
                        rule.rolloutPercentage(),
                        rule.variant(),
                        rule.split()))
            .toList(),
        prerequisites,
        holdout);
  }

  /**
   * Buckets of a variant, half-open; of 100,000.
   *
   * <p>A range keeps its start when it grows, so that whoever is in it stays.
   */
  public record Range(String variant, int from, int to) {}

  /** Users who get a variant. */
  public record Target(String variant, List<String> users) {
    public Target {
      users = List.copyOf(users);
    }
  }

  /**
   * A rule: those whom every condition fits.
   *
   * @param key names it in the answer
   * @param rolloutPercentage share of them, 0 to 100; the others get {@code off} and no later rule
   * @param variant what they get; null = by {@code split}
   */
  public record Rule(
      String key,
      List<Condition> conditions,
      double rolloutPercentage,
      @Nullable String variant,
      List<Range> split) {
    public Rule {
      conditions = List.copyOf(conditions);
      split = List.copyOf(split);
    }
  }

  /**
   * A condition: on an attribute, or membership in a segment.
   *
   * @param attribute name, or path with dots; {@code user_id} for the user; null when it is about a
   *     segment
   * @param segment key of a {@link Segment}, or null
   * @param negated whether it must not fit
   */
  public record Condition(
      @Nullable String attribute,
      @Nullable Operator operator,
      List<Object> values,
      @Nullable String segment,
      boolean negated) {
    public Condition {
      values = List.copyOf(values);
    }

    /** The same without the texts among its values that fit. */
    public Condition withoutTexts(Predicate<String> fits) {
      return new Condition(
          attribute,
          operator,
          values.stream()
              .filter(value -> !(value instanceof String text && fits.test(text)))
              .toList(),
          segment,
          negated);
    }
  }

  /** A flag that must have one of these variants. */
  public record Prerequisite(String flag, List<String> variants) {
    public Prerequisite {
      variants = List.copyOf(variants);
    }
  }

  /** Conditions under a name, for several flags; every one must fit. */
  public record Segment(String key, List<Condition> conditions) implements Definition {
    public Segment {
      conditions = List.copyOf(conditions);
    }

    /** The same with other conditions. */
    public Segment with(UnaryOperator<Condition> other) {
      return new Segment(key, conditions.stream().map(other).toList());
    }
  }

  /**
   * Units that are kept from several flags, to measure what these do together.
   *
   * @param percentage share of all units, 0 to 100
   */
  public record Holdout(String key, double percentage) implements Definition {}
}
