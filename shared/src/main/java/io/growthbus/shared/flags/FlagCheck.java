package io.growthbus.shared.flags;

import io.growthbus.shared.domain.SemVer;
import io.growthbus.shared.flags.Targeting.Condition;
import io.growthbus.shared.flags.Targeting.Prerequisite;
import io.growthbus.shared.flags.Targeting.Range;
import io.growthbus.shared.flags.Targeting.Rule;
import io.growthbus.shared.flags.Targeting.Segment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is wrong with flags, each with its place: by itself, and in what it says of others. */
public final class FlagCheck {
  private static final Set<Operator> ONE_NUMBER =
      Set.of(Operator.LT, Operator.LTE, Operator.GT, Operator.GTE);
  private static final Set<Operator> AMONG = Set.of(Operator.IN, Operator.NOT_IN);
  private static final Set<Operator> TEXTS =
      Set.of(Operator.STARTS_WITH, Operator.ENDS_WITH, Operator.CONTAINS);
  private static final Set<Operator> NO_VALUE = Set.of(Operator.EXISTS, Operator.NOT_EXISTS);
  private static final String NO_SEGMENT =
      "names a segment that does not exist; add it to \"segments\"";
  private static final Set<Operator> MOMENTS = Set.of(Operator.BEFORE, Operator.AFTER);

  /**
   * A problem.
   *
   * @param pointer JSON pointer inside of the definition
   * @param what what is wrong and what to write instead
   */
  public record Problem(String pointer, String what) {
    /** The same inside of something that stands at a place. */
    public Problem at(String place) {
      return new Problem(place + pointer, what);
    }
  }

  /**
   * A problem among several definitions.
   *
   * @param index of the definition in the list of its kind
   */
  public record Found(Definition.Kind kind, int index, Problem problem) {}

  private final List<Problem> problems = new ArrayList<>();

  private FlagCheck() {}

  /** What is wrong with any of the flags and what they share; of holdouts nothing can be. */
  public static List<Found> all(Flags flags) {
    Map<String, FlagDefinition> byKey = new LinkedHashMap<>();
    flags.definitions().forEach(flag -> byKey.putIfAbsent(flag.key(), flag));
    Set<String> segments = new HashSet<>();
    flags.segments().forEach(segment -> segments.add(segment.key()));
    Set<String> holdouts = new HashSet<>();
    flags.holdouts().forEach(holdout -> holdouts.add(holdout.key()));
    Set<String> cyclic = Prerequisites.cyclic(byKey);
    List<Found> found = new ArrayList<>();
    for (int i = 0; i < flags.definitions().size(); i++) {
      int index = i;
      check(flags.definitions().get(i), byKey, segments, holdouts, cyclic)
          .forEach(problem -> found.add(new Found(Definition.Kind.FLAG, index, problem)));
    }
    for (int i = 0; i < flags.segments().size(); i++) {
      int index = i;
      check(flags.segments().get(i))
          .forEach(problem -> found.add(new Found(Definition.Kind.SEGMENT, index, problem)));
    }
    return List.copyOf(found);
  }

  /**
   * What is wrong with a flag among others.
   *
   * @param flags every flag by key, this one included
   * @param segments keys of the segments that there are
   * @param holdouts keys of the holdouts that there are
   */
  public static List<Problem> check(
      FlagDefinition flag,
      Map<String, FlagDefinition> flags,
      Collection<String> segments,
      Collection<String> holdouts) {
    return check(flag, flags, segments, holdouts, Prerequisites.cyclic(flags));
  }

  private static List<Problem> check(
      FlagDefinition flag,
      Map<String, FlagDefinition> flags,
      Collection<String> segments,
      Collection<String> holdouts,
      Set<String> cyclic) {
    FlagCheck check = new FlagCheck();
    Targeting targeting = flag.rules();
    check.variants(targeting);
    check.split(targeting.split(), targeting, "/split");
    check.rules(targeting, segments);
    check.prerequisites(flag, flags);
    if (cyclic.contains(flag.key())) {
      check.problem("/prerequisites", "lead back to the flag itself; take one of them away");
    }
    if (targeting.holdout() != null && !holdouts.contains(targeting.holdout())) {
      check.problem("/holdout", "names a holdout that does not exist");
    }
    return List.copyOf(check.problems);
  }

  /** What is wrong with the conditions of a segment. */
  public static List<Problem> check(Segment segment) {
    FlagCheck check = new FlagCheck();
    check.conditions(segment.conditions(), Set.of(), "/if", "a segment cannot name another one");
    return List.copyOf(check.problems);
  }

  /**
   * What is wrong with conditions that stand by themselves.
   *
   * @param segments keys of the segments that there are
   * @return pointers begin with the place of the condition, such as {@code /0}
   */
  public static List<Problem> check(List<Condition> conditions, Collection<String> segments) {
    FlagCheck check = new FlagCheck();
    check.conditions(conditions, segments, "", NO_SEGMENT);
    return List.copyOf(check.problems);
  }

  private void variants(Targeting targeting) {
    known(targeting.on(), targeting, "/on");
    known(targeting.off(), targeting, "/off");
    for (int i = 0; i < targeting.targets().size(); i++) {
      known(targeting.targets().get(i).variant(), targeting, "/targets/" + i + "/variant");
    }
    Set<String> types = new HashSet<>();
    targeting.variants().values().forEach(value -> types.add(type(value)));
    if (types.size() > 1) {
      problem("/variants", "must all be of one type: boolean, text, number, or object and list");
    }
  }

  private static String type(Object value) {
    if (value instanceof Boolean) {
      return "boolean";
    }
    if (value instanceof String) {
      return "text";
    }
    return value instanceof Number ? "number" : "json";
  }

  private void known(String variant, Targeting targeting, String pointer) {
    boolean known =
        targeting.variants().isEmpty()
            ? variant.equals("on") || variant.equals("off")
            : targeting.variants().containsKey(variant);
    if (!known) {
      problem(pointer, "names a variant that does not exist; add it to \"variants\"");
    }
  }

  private void split(List<Range> split, Targeting targeting, String pointer) {
    List<Range> ordered = new ArrayList<>(split);
    ordered.sort(Comparator.comparingInt(Range::from));
    int end = 0;
    for (Range range : ordered) {
      known(range.variant(), targeting, pointer);
      if (range.from() < end || range.to() < range.from() || range.to() > MurmurBuckets.BUCKETS) {
        problem(pointer, "must be ranges between 0 and 100 percent that do not overlap");
        return;
      }
      end = range.to();
    }
  }

  private void rules(Targeting targeting, Collection<String> segments) {
    Map<String, Integer> keys = new HashMap<>();
    for (int i = 0; i < targeting.rules().size(); i++) {
      Rule rule = targeting.rules().get(i);
      String pointer = "/rules/" + i;
      if (keys.putIfAbsent(rule.key(), i) != null) {
        problem(pointer + "/key", "is the key of another rule too");
      }
      if (rule.variant() != null) {
        known(rule.variant(), targeting, pointer + "/variant");
      }
      split(rule.split(), targeting, pointer + "/split");
      conditions(rule.conditions(), segments, pointer + "/if", NO_SEGMENT);
    }
  }

  private void conditions(
      List<Condition> conditions, Collection<String> segments, String pointer, String noSegment) {
    for (int i = 0; i < conditions.size(); i++) {
      Condition condition = conditions.get(i);
      String place = pointer + "/" + i;
      if (condition.segment() != null) {
        if (!segments.contains(condition.segment())) {
          problem(place + "/segment", noSegment);
        }
      } else if (condition.attribute() == null || condition.operator() == null) {
        problem(place, "needs \"attribute\" and \"operator\", or \"segment\"");
      } else {
        String wrong = wrongValues(condition.operator(), condition.values());
        if (wrong != null) {
          problem(place + "/values", wrong);
        }
      }
    }
  }

  private static @Nullable String wrongValues(Operator operator, List<Object> values) {
    if (NO_VALUE.contains(operator)) {
      return values.isEmpty() ? null : "must be left out with this operator";
    }
    if (values.isEmpty() && (TEXTS.contains(operator) || AMONG.contains(operator))) {
      // Among no values is nothing; an erasure may have taken the last one.
      return null;
    }
    if (values.isEmpty()) {
      return "must hold a value";
    }
    if (TEXTS.contains(operator)) {
      return values.stream().allMatch(String.class::isInstance) ? null : "must be texts";
    }
    if (AMONG.contains(operator)) {
      return values.stream().noneMatch(v -> v instanceof Map || v instanceof Collection)
          ? null
          : "must be texts, numbers, true or false";
    }
    if (values.size() != 1) {
      return "must be one value with this operator";
    }
    Object value = values.get(0);
    if (ONE_NUMBER.contains(operator)) {
      return value instanceof Number ? null : "must be a number";
    }
    if (MOMENTS.contains(operator)) {
      return Matcher.milliseconds(value).isPresent()
          ? null
          : "must be a moment such as 2026-01-31T12:00:00Z, a day such as 2026-01-31, or ms";
    }
    return value instanceof String text && SemVer.parse(text).isPresent()
        ? null
        : "must be a version such as 1.4.0";
  }

  private void prerequisites(FlagDefinition flag, Map<String, FlagDefinition> flags) {
    List<Prerequisite> needed = flag.rules().prerequisites();
    for (int i = 0; i < needed.size(); i++) {
      String pointer = "/prerequisites/" + i;
      FlagDefinition other = flags.get(needed.get(i).flag());
      if (other == null) {
        problem(pointer + "/flag", "names a flag that does not exist");
      } else {
        for (String variant : needed.get(i).variants()) {
          known(variant, other.rules(), pointer + "/variants");
        }
      }
    }
  }

  private void problem(String pointer, String what) {
    problems.add(new Problem(pointer, what));
  }
}
