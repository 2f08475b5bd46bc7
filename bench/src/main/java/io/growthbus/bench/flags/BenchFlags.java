package io.growthbus.bench.flags;

import io.growthbus.bench.flags.peer.FlagSystem;
import io.growthbus.bench.flags.peer.Users;
import io.growthbus.shared.flags.Bucketing;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.Operator;
import io.growthbus.shared.flags.Targeting;
import io.growthbus.shared.flags.Targeting.Condition;
import io.growthbus.shared.flags.Targeting.Rule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The flags that are asked for, as the product defines them, and what is said of their users. */
final class BenchFlags {
  private BenchFlags() {}

  /** 100 flags at 50 % of all users; one of them has a rule over three attributes instead. */
  static List<FlagDefinition> definitions(Bucketing bucketing) {
    return IntStream.range(0, FlagSystem.FLAGS)
        .mapToObj(i -> "flag-" + i)
        .map(key -> key.equals(FlagSystem.RULE) ? ruled(key) : plain(key, bucketing))
        .toList();
  }

  /** What is said of every user, by number, in the kind of map that JSON is read into. */
  static List<Map<String, Object>> attributes() {
    return IntStream.range(0, Users.COUNT).mapToObj(BenchFlags::attributes).toList();
  }

  private static Map<String, Object> attributes(int user) {
    Map<String, Object> attributes = new LinkedHashMap<>();
    attributes.put("country", Users.country(user));
    attributes.put("plan", Users.plan(user));
    attributes.put("seats", Users.seats(user));
    return attributes;
  }

  /** Ids of all users, by number. */
  static String[] ids() {
    return IntStream.range(0, Users.COUNT).mapToObj(Users::id).toArray(String[]::new);
  }

  private static FlagDefinition plain(String key, Bucketing bucketing) {
    return new FlagDefinition(
        key,
        true,
        50,
        List.of(),
        Surface.CLIENT,
        bucketing == Bucketing.SEED ? null : targeting(bucketing, List.of()));
  }

  private static FlagDefinition ruled(String key) {
    Rule rule =
        new Rule(
            "teams",
            List.of(
                condition("country", Operator.IN, List.copyOf(Users.WANTED)),
                condition("plan", Operator.STARTS_WITH, List.of(Users.PLAN)),
                condition("seats", Operator.GTE, List.of(Users.SEATS))),
            100,
            "on",
            List.of());
    return new FlagDefinition(
        key, true, 0, List.of(), Surface.CLIENT, targeting(Bucketing.MURMUR3, List.of(rule)));
  }

  private static Condition condition(String attribute, Operator operator, List<Object> values) {
    return new Condition(attribute, operator, values, null, false);
  }

  private static Targeting targeting(Bucketing bucketing, List<Rule> rules) {
    @Nullable String none = null;
    return new Targeting(
        bucketing,
        none,
        Targeting.USER_ID,
        Map.of(),
        "on",
        "off",
        List.of(),
        List.of(),
        rules,
        List.of(),
        none);
  }
}
