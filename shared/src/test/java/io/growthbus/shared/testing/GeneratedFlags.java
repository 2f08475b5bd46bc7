package io.growthbus.shared.testing;

import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.flags.Operator;
import io.growthbus.shared.settings.Problems;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Flags with everything that flags can say, and contexts to ask them in, the same for one seed
 * always and everywhere: what the evaluators and the ways to them are compared by.
 *
 * <p>No flag looks at what only the server knows. Half of a surrogate pair stands in JSON as its
 * escape, which is how browsers write it, too; as UTF-8 it could not travel.
 */
public final class GeneratedFlags {
  private static final List<Object> ROLLOUTS = List.of(0, 0.5, 12.5, 25, 50, 66.6, 99, 100);
  private static final List<String> TYPES = List.of("boolean", "text", "number", "json");
  private static final List<String> USERS = List.of("u-3", "u-7", "🚀-1", "grüße-2");

  private final JsonArray definitions = new JsonArray();
  private final JsonObject document;
  private final Mulberry random;

  /**
   * A question.
   *
   * @param userId null for nobody
   * @param attributes as a reader of JSON makes them: maps and lists, as evaluators take them
   */
  public record Context(@Nullable String userId, Map<String, Object> attributes) {}

  private GeneratedFlags(int seed) {
    this.random = new Mulberry(seed);
    rollouts();
    operators();
    splits();
    relations();
    document =
        new JsonObject()
            .put("evaluator", "client")
            .put("segments", segments())
            .put(
                "holdouts",
                new JsonArray()
                    .add(new JsonObject().put("key", "tenth").put("percentage", 10))
                    .add(new JsonObject().put("key", "nobody").put("percentage", 0)))
            .put("definitions", definitions);
  }

  /** The flags of a seed. */
  public static GeneratedFlags of(int seed) {
    return new GeneratedFlags(seed);
  }

  /** The member {@code flags} of {@code growth.json}. */
  public JsonObject document() {
    return document.copy();
  }

  /** The flags as evaluators take them. */
  public Flags flags() {
    Problems problems = new Problems();
    Flags flags =
        GrowthConfigReader.read(new JsonObject().put("flags", document).encode(), problems).flags();
    if (!problems.errors().isEmpty()) {
      throw new IllegalStateException(problems.errors().toString());
    }
    return flags;
  }

  /** So many contexts, each with a user of 1 to 200 characters. */
  public static List<Context> contexts(int seed, int count) {
    Mulberry random = new Mulberry(seed);
    List<Context> contexts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      contexts.add(
          new Context(user(random), new JsonObject(attributes(random).toBuffer()).getMap()));
    }
    return contexts;
  }

  /** So many contexts of nobody. */
  public static List<Context> anonymous(int seed, int count) {
    return contexts(seed, count).stream()
        .map(context -> new Context(null, context.attributes()))
        .toList();
  }

  private static String user(Mulberry random) {
    int n = random.below(10_000);
    return switch (random.below(12)) {
      case 0 -> "🚀-" + n % 10;
      case 1 -> "grüße-" + n % 10;
      case 2 -> "\ud83d-" + n;
      case 3 -> n + "\udc00";
      case 4 -> "long-" + n + "-" + "x".repeat(194 - Integer.toString(n).length());
      case 5 -> "a \"b\"\\\n\t" + n;
      case 6 -> Integer.toString(n);
      case 7 -> "u-" + n % 10;
      default -> "user-" + n;
    };
  }

  private static JsonObject attributes(Mulberry random) {
    JsonObject attributes = new JsonObject();
    put(attributes, random, "country", List.of("NO", "DE", "US", "", "no", "日本"));
    put(attributes, random, "plan", List.of("free", "pro", 7, true));
    put(attributes, random, "age", List.of(0, 17, 18, 40, 99, "40", -1, 18.5));
    put(attributes, random, "score", List.of(0.5, 12.25, 50, -3.75, 1e3));
    put(attributes, random, "beta", List.of(true, false, "true", 1));
    put(
        attributes,
        random,
        "version",
        List.of("1.2.3", "1.4.0", "1.4.0-rc.1", "1.4.0+build", "2.0.0", "10.0.0", "1.4", "v1.4.0"));
    put(
        attributes,
        random,
        "signed_up",
        List.of(
            "2026-01-31",
            "2026-01-31T00:00:00Z",
            "2026-01-31T01:00:00+02:00",
            "2025-12-31T23:59:59.999Z",
            1_769_817_600_000L,
            "yesterday"));
    put(attributes, random, "email", List.of("ada@growth.example", "bob@bus.example", "eve", ""));
    put(
        attributes,
        random,
        "account_id",
        List.of("acme", "umbrella", "🏢", 42, 9_007_199_254_740_991L, "", 1.5));
    if (random.oneIn(2)) {
      attributes.put(
          "tags",
          new JsonArray()
              .add(random.of(List.of("alpha", "beta-tester", "staff")))
              .add(random.below(5)));
    }
    if (random.oneIn(2)) {
      attributes.put(
          "org",
          new JsonObject()
              .put("seat", random.below(50))
              .put("name", random.of(List.of("acme", "umbrella"))));
    }
    if (random.oneIn(8)) {
      attributes.putNull("plan");
    }
    return attributes;
  }

  private static void put(
      JsonObject attributes, Mulberry random, String name, List<Object> values) {
    if (random.oneIn(2)) {
      attributes.put(name, random.of(values));
    }
  }

  private void rollouts() {
    for (int i = 0; i < ROLLOUTS.size(); i++) {
      flag("seed-" + i, ROLLOUTS.get(i))
          .put("target_users", new JsonArray(USERS.subList(0, i % 3)));
      flag("murmur-" + i, ROLLOUTS.get(i)).put("bucketing", "murmur3");
      if (i % 2 == 0) {
        flag("salted-" + i, ROLLOUTS.get(i)).put("bucketing", "murmur3").put("salt", "Salz & 🧂");
        flag("account-" + i, ROLLOUTS.get(i + 1))
            .put("bucketing", i % 4 == 0 ? "seed" : "murmur3")
            .put("bucket_by", i == 6 ? "org.seat" : "account_id");
      }
    }
    flag("switched-off", 100).put("enabled", false).put("target_users", new JsonArray(USERS));
  }

  private void operators() {
    List<Operator> operators = List.of(Operator.values());
    for (int n = 0; n < operators.size(); n++) {
      Operator operator = operators.get(n);
      String word = operator.name().toLowerCase(Locale.ROOT);
      JsonObject rule =
          new JsonObject()
              .put("key", "r-" + word)
              .put("if", new JsonArray().add(condition(operator, n % 5 == 4)))
              .put("rollout_percentage", n % 3 == 0 ? 40 : 100)
              .put("variant", "b");
      valued("op-" + word, n % 2 == 0 ? 0 : 30, TYPES.get(n % TYPES.size()))
          .put("bucketing", n % 2 == 0 ? "murmur3" : "seed")
          .put("rules", new JsonArray().add(rule));
    }
    flag("op-in-typed", 0)
        .put(
            "rules",
            new JsonArray()
                .add(
                    new JsonObject()
                        .put("key", "numbers")
                        .put("if", new JsonArray().add(test("age", "in", 18, 40.0, -1))))
                .add(
                    new JsonObject()
                        .put("key", "booleans")
                        .put("if", new JsonArray().add(test("beta", "in", true))))
                .add(
                    new JsonObject()
                        .put("key", "user")
                        .put("if", new JsonArray().add(test("user_id", "in", "u-7", "🚀-1")))));
  }

  private JsonObject condition(Operator operator, boolean negated) {
    String word = operator.name().toLowerCase(Locale.ROOT);
    JsonObject condition =
        switch (operator) {
          case IN -> test("country", word, "NO", "DE", "日本");
          case NOT_IN -> test("country", word, "US", "");
          case STARTS_WITH -> test("email", word, "ada", "e");
          case ENDS_WITH -> test("email", word, "@growth.example");
          case CONTAINS -> test("tags", word, "test", "staff");
          case LT -> test("age", word, 18);
          case LTE -> test("score", word, 12.25);
          case GT -> test("age", word, 17.5);
          case GTE -> test("org.seat", word, 25);
          case BEFORE -> test("signed_up", word, "2026-01-31");
          case AFTER -> test("signed_up", word, "2026-01-31T00:00:00Z");
          case EXISTS, NOT_EXISTS ->
              new JsonObject().put("attribute", "plan").put("operator", word);
          default -> test("version", word, "1.4.0");
        };
    return negated ? condition.put("not", true) : condition;
  }

  private static JsonObject test(String attribute, String operator, Object... values) {
    return new JsonObject()
        .put("attribute", attribute)
        .put("operator", operator)
        .put("values", new JsonArray(List.of(values)));
  }

  private void splits() {
    for (String type : TYPES) {
      valued("split-" + type, 80, type)
          .put("bucketing", "murmur3")
          .put("split", new JsonObject().put("a", 20).put("b", 50.5));
    }
    valued("ranges", 100, "text")
        .put(
            "split",
            new JsonArray()
                .add(new JsonObject().put("variant", "b").put("from", 10).put("to", 40))
                .add(new JsonObject().put("variant", "a").put("from", 60).put("to", 90.5)));
    valued("rule-split", 0, "number")
        .put(
            "rules",
            new JsonArray()
                .add(
                    new JsonObject()
                        .put("key", "half")
                        .put("if", new JsonArray().add(test("beta", "in", true, false)))
                        .put("rollout_percentage", 75)
                        .put("split", new JsonObject().put("a", 50).put("b", 50))));
    valued("targeted", 0, "json")
        .put(
            "targets",
            new JsonArray()
                .add(
                    new JsonObject()
                        .put("variant", "a")
                        .put("users", new JsonArray(USERS.subList(0, 2))))
                .add(
                    new JsonObject()
                        .put("variant", "b")
                        .put("users", new JsonArray(USERS.subList(1, 4)))));
  }

  private static JsonArray segments() {
    return new JsonArray()
        .add(
            new JsonObject()
                .put("key", "nordic")
                .put("if", new JsonArray().add(test("country", "in", "NO", "no"))))
        .add(
            new JsonObject()
                .put("key", "grown")
                .put(
                    "if",
                    new JsonArray().add(test("age", "gte", 18)).add(test("score", "gt", 0.5))));
  }

  private void relations() {
    for (String segment : List.of("nordic", "grown")) {
      for (boolean not : new boolean[] {false, true}) {
        JsonObject membership = new JsonObject().put("segment", segment);
        flag((not ? "outside-" : "inside-") + segment, 10)
            .put(
                "rules",
                new JsonArray()
                    .add(
                        new JsonObject()
                            .put("key", "member")
                            .put(
                                "if",
                                new JsonArray().add(not ? membership.put("not", true) : membership))
                            .put("rollout_percentage", 60)));
      }
    }
    flag("needs-seed", 100).put("prerequisites", prerequisites("seed-4", "on"));
    flag("needs-not", 50)
        .put("bucketing", "murmur3")
        .put("prerequisites", prerequisites("murmur-4", "off"));
    flag("needs-variant", 100).put("prerequisites", prerequisites("split-text", "a", "b"));
    flag("needs-chain", 100).put("prerequisites", prerequisites("needs-variant", "on"));
    flag("held", 100).put("holdout", "tenth");
    valued("held-split", 90, "boolean")
        .put("holdout", "tenth")
        .put("split", new JsonObject().put("a", 50).put("b", 50));
    flag("held-account", 50).put("holdout", "tenth").put("bucket_by", "account_id");
    flag("held-nobody", 50).put("holdout", "nobody");
  }

  private static JsonArray prerequisites(String flag, String... variants) {
    return new JsonArray()
        .add(new JsonObject().put("flag", flag).put("variants", new JsonArray(List.of(variants))));
  }

  private JsonObject flag(String key, Object rollout) {
    JsonObject flag =
        new JsonObject().put("key", key).put("enabled", true).put("rollout_percentage", rollout);
    definitions.add(flag);
    return flag;
  }

  /** A flag with the variants a, b and off of one type. */
  private JsonObject valued(String key, int rollout, String type) {
    int n = random.below(1_000);
    Map<String, List<Object>> values =
        Map.of(
            "boolean", List.of(true, true, false),
            "text", List.of("blue " + n, "grün \"" + n + "\"", ""),
            "number", List.of(n + 0.25, n, 0),
            "json",
                List.of(
                    new JsonObject().put("z", n).put("a", new JsonArray().add(1.5).add("x")),
                    new JsonArray().add(n).add(new JsonObject()),
                    new JsonObject()));
    List<Object> three = values.getOrDefault(type, List.of());
    return flag(key, rollout)
        .put(
            "variants",
            new JsonObject().put("a", three.get(0)).put("b", three.get(1)).put("off", three.get(2)))
        .put("on", "a")
        .put("off", "off");
  }
}
