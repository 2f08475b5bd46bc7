package io.growthbus.shared.flags;

import io.growthbus.shared.domain.SemVer;
import io.growthbus.shared.flags.Targeting.Condition;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.DoublePredicate;
import java.util.function.IntPredicate;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A condition made ready: its values are parsed once. What cannot be parsed never fits; {@link
 * FlagCheck} refuses it before.
 */
final class Matcher {
  /** ISO 8601 as every evaluator reads it: a day, or a time with an offset. */
  private static final Pattern MOMENT =
      Pattern.compile(
          "\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?(Z|[+-]\\d\\d:\\d\\d))?");

  /** How many parts of a path are walked. */
  private static final int MOST_PARTS = 8;

  private final String attribute;
  private final boolean ofUser;
  private final String[] path;
  private final Operator operator;
  private final Predicate<Object> test;
  private final boolean negated;

  private Matcher(Condition condition, String attribute, Operator operator) {
    this.attribute = attribute;
    this.ofUser = attribute.equals(Targeting.USER_ID);
    this.path = attribute.split("\\.", MOST_PARTS);
    this.operator = operator;
    this.test = test(operator, condition.values());
    this.negated = condition.negated();
  }

  /** A condition on an attribute. */
  static Matcher of(Condition condition) {
    return new Matcher(
        condition,
        Objects.requireNonNull(condition.attribute()),
        Objects.requireNonNull(condition.operator()));
  }

  /** Whether the condition fits a question. */
  boolean fits(@Nullable String userId, Map<String, Object> attributes) {
    return fits(ofUser ? userId : read(attributes, attribute, path)) != negated;
  }

  private boolean fits(@Nullable Object value) {
    if (operator == Operator.EXISTS || operator == Operator.NOT_EXISTS) {
      return (value != null) == (operator == Operator.EXISTS);
    }
    if (value == null) {
      return false;
    }
    if (value instanceof Collection<?> elements) {
      return operator == Operator.NOT_IN ? all(elements) : any(elements);
    }
    return test.test(value);
  }

  private boolean any(Collection<?> elements) {
    for (Object element : elements) {
      if (present(element) != null && test.test(element)) {
        return true;
      }
    }
    return false;
  }

  private boolean all(Collection<?> elements) {
    for (Object element : elements) {
      if (present(element) != null && !test.test(element)) {
        return false;
      }
    }
    return true;
  }

  /** The value of an attribute; that with the whole name wins over one inside of another. */
  static @Nullable Object attribute(
      @Nullable String userId, Map<String, Object> attributes, String name, String[] path) {
    return name.equals(Targeting.USER_ID) ? userId : read(attributes, name, path);
  }

  private static @Nullable Object read(Map<String, Object> attributes, String name, String[] path) {
    Object value = present(attributes.get(name));
    if (value != null || path.length == 1) {
      return value;
    }
    Object place = attributes;
    for (String part : path) {
      if (!(place instanceof Map<?, ?> object)) {
        return null;
      }
      place = object.get(part);
    }
    return present(place);
  }

  /** JSON has no word for a number that no double can hold; it counts as absent. */
  private static @Nullable Object present(@Nullable Object value) {
    return value instanceof Number number && !Double.isFinite(number.doubleValue()) ? null : value;
  }

  private static Predicate<Object> test(Operator operator, List<Object> values) {
    return switch (operator) {
      case IN -> in(values);
      case NOT_IN -> in(values).negate();
      case STARTS_WITH -> text(values, String::startsWith);
      case ENDS_WITH -> text(values, String::endsWith);
      case CONTAINS -> text(values, String::contains);
      case LT, LTE, GT, GTE -> number(operator, values);
      case SEMVER_EQ, SEMVER_LT, SEMVER_LTE, SEMVER_GT, SEMVER_GTE -> version(operator, values);
      case BEFORE, AFTER -> moment(operator, values);
      case EXISTS, NOT_EXISTS -> Matcher::never;
    };
  }

  private static boolean never(Object value) {
    return false;
  }

  private static Predicate<Object> in(List<Object> values) {
    Set<Object> known = new HashSet<>();
    values.forEach(value -> known.add(comparable(value)));
    return value -> known.contains(comparable(value));
  }

  /** Numbers are equal when they are equal as doubles, whatever their type. */
  private static Object comparable(Object value) {
    return value instanceof Number number ? (Object) (number.doubleValue() + 0.0) : value;
  }

  private interface TextTest {
    boolean test(String text, String value);
  }

  private static Predicate<Object> text(List<Object> values, TextTest test) {
    String[] texts =
        values.stream()
            .filter(String.class::isInstance)
            .map(String.class::cast)
            .toArray(String[]::new);
    return value -> {
      if (value instanceof String text) {
        for (String candidate : texts) {
          if (test.test(text, candidate)) {
            return true;
          }
        }
      }
      return false;
    };
  }

  private static Predicate<Object> number(Operator operator, List<Object> values) {
    if (values.size() != 1 || !(values.get(0) instanceof Number limit)) {
      return Matcher::never;
    }
    double bound = limit.doubleValue();
    DoublePredicate test =
        switch (operator) {
          case LT -> number -> number < bound;
          case LTE -> number -> number <= bound;
          case GT -> number -> number > bound;
          default -> number -> number >= bound;
        };
    return value -> value instanceof Number number && test.test(number.doubleValue());
  }

  private static Predicate<Object> version(Operator operator, List<Object> values) {
    SemVer bound =
        values.size() == 1 && values.get(0) instanceof String text
            ? SemVer.parse(text).orElse(null)
            : null;
    if (bound == null) {
      return Matcher::never;
    }
    IntPredicate test =
        switch (operator) {
          case SEMVER_EQ -> order -> order == 0;
          case SEMVER_LT -> order -> order < 0;
          case SEMVER_LTE -> order -> order <= 0;
          case SEMVER_GT -> order -> order > 0;
          default -> order -> order >= 0;
        };
    return value ->
        value instanceof String text
            && SemVer.parse(text)
                .filter(version -> test.test(version.compareTo(bound)))
                .isPresent();
  }

  private static Predicate<Object> moment(Operator operator, List<Object> values) {
    OptionalLong bound = values.size() == 1 ? milliseconds(values.get(0)) : OptionalLong.empty();
    if (bound.isEmpty()) {
      return Matcher::never;
    }
    long limit = bound.getAsLong();
    LongPredicate test = operator == Operator.BEFORE ? ms -> ms < limit : ms -> ms >= limit;
    return value -> {
      OptionalLong ms = milliseconds(value);
      return ms.isPresent() && test.test(ms.getAsLong());
    };
  }

  /** A moment in ms since the epoch; empty when the value is none. */
  static OptionalLong milliseconds(Object value) {
    if (value instanceof Number number) {
      return OptionalLong.of((long) number.doubleValue());
    }
    if (!(value instanceof String text) || !MOMENT.matcher(text).matches()) {
      return OptionalLong.empty();
    }
    try {
      Instant moment =
          text.length() == 10
              ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
              : OffsetDateTime.parse(text).toInstant();
      return OptionalLong.of(moment.toEpochMilli());
    } catch (DateTimeException | ArithmeticException e) {
      return OptionalLong.empty();
    }
  }
}
