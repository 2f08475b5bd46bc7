package io.growthbus.shared.flags;

import io.growthbus.shared.domain.SemVer;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What an operator says of a value. Texts and numbers, of which most values are, have a way of
 * their own: neither is asked whether it is a list, and no number is boxed.
 */
abstract class ValueTest {
  private static final ValueTest NEVER = new ValueTest() {};

  static ValueTest of(Operator operator, List<Object> values) {
    return switch (operator) {
      case IN -> new Among(values, true);
      case NOT_IN -> new Among(values, false);
      case STARTS_WITH -> new OfText(values, String::startsWith);
      case ENDS_WITH -> new OfText(values, String::endsWith);
      case CONTAINS -> new OfText(values, String::contains);
      case LT, LTE, GT, GTE -> number(operator, values);
      case SEMVER_EQ, SEMVER_LT, SEMVER_LTE, SEMVER_GT, SEMVER_GTE -> version(operator, values);
      case BEFORE, AFTER -> moment(operator, values);
      case EXISTS -> new Existence(true);
      case NOT_EXISTS -> new Existence(false);
    };
  }

  /** JSON has no word for a number that no double can hold; it counts as absent. */
  static @Nullable Object present(@Nullable Object value) {
    return value instanceof Number number && !Double.isFinite(number.doubleValue()) ? null : value;
  }

  /** Whether a value fits; of a list, whether one of its elements does. */
  boolean fits(@Nullable Object value) {
    // In the order of how cheap it is to say that a value is of the kind, and how likely.
    if (value instanceof String text) {
      return text(text);
    }
    if (value instanceof Number number) {
      return number(number.doubleValue());
    }
    if (value instanceof Collection<?> elements) {
      return elements(elements);
    }
    return value != null && other(value);
  }

  boolean text(String text) {
    return false;
  }

  boolean number(double number) {
    return false;
  }

  /** A boolean, an object, or a list within a list. */
  boolean other(Object value) {
    return false;
  }

  boolean elements(Collection<?> elements) {
    for (Object element : elements) {
      if (present(element) != null && element(element)) {
        return true;
      }
    }
    return false;
  }

  final boolean element(Object value) {
    if (value instanceof String text) {
      return text(text);
    }
    return value instanceof Number number ? number(number.doubleValue()) : other(value);
  }

  /** Whether there is a value, whatever it is. */
  private static final class Existence extends ValueTest {
    private final boolean wanted;

    Existence(boolean wanted) {
      this.wanted = wanted;
    }

    @Override
    boolean fits(@Nullable Object value) {
      return (value != null) == wanted;
    }
  }

  /** Numbers are equal when they are equal as doubles, whatever their type. */
  private static final class Among extends ValueTest {
    private final Set<Object> values = new HashSet<>();
    private final double[] numbers;
    private final boolean wanted;

    Among(List<Object> values, boolean wanted) {
      this.numbers =
          values.stream()
              .filter(Number.class::isInstance)
              .mapToDouble(value -> ((Number) value).doubleValue() + 0.0)
              .sorted()
              .toArray();
      values.stream().filter(value -> !(value instanceof Number)).forEach(this.values::add);
      this.wanted = wanted;
    }

    @Override
    boolean text(String text) {
      return values.contains(text) == wanted;
    }

    @Override
    boolean number(double number) {
      // Minus nothing is nothing.
      return (Arrays.binarySearch(numbers, number + 0.0) >= 0) == wanted;
    }

    @Override
    boolean other(Object value) {
      return values.contains(value) == wanted;
    }

    @Override
    boolean elements(Collection<?> elements) {
      if (wanted) {
        return super.elements(elements);
      }
      for (Object element : elements) {
        if (present(element) != null && !element(element)) {
          return false;
        }
      }
      return true;
    }
  }

  private static final class OfText extends ValueTest {
    private final String[] candidates;
    private final BiPredicate<String, String> test;

    OfText(List<Object> values, BiPredicate<String, String> test) {
      this.candidates =
          values.stream()
              .filter(String.class::isInstance)
              .map(String.class::cast)
              .toArray(String[]::new);
      this.test = test;
    }

    @Override
    boolean text(String text) {
      for (String candidate : candidates) {
        if (test.test(text, candidate)) {
          return true;
        }
      }
      return false;
    }
  }

  /** Numbers from a bound on, or below it. */
  private static final class OfNumber extends ValueTest {
    private final double bound;
    private final boolean below;
    private final boolean inclusive;

    OfNumber(double bound, boolean below, boolean inclusive) {
      this.bound = bound;
      this.below = below;
      this.inclusive = inclusive;
    }

    @Override
    boolean number(double number) {
      return number == bound ? inclusive : (number < bound) == below;
    }
  }

  /** Versions whose order to a bound is one of these. */
  private static final class OfVersion extends ValueTest {
    private final SemVer bound;
    private final boolean lower;
    private final boolean equal;
    private final boolean higher;

    OfVersion(SemVer bound, boolean lower, boolean equal, boolean higher) {
      this.bound = bound;
      this.lower = lower;
      this.equal = equal;
      this.higher = higher;
    }

    @Override
    boolean text(String text) {
      SemVer version = SemVer.parse(text).orElse(null);
      if (version == null) {
        return false;
      }
      int order = version.compareTo(bound);
      return order == 0 ? equal : order < 0 ? lower : higher;
    }
  }

  private static final class OfMoment extends ValueTest {
    private final long limitMs;
    private final boolean before;

    OfMoment(long limitMs, boolean before) {
      this.limitMs = limitMs;
      this.before = before;
    }

    @Override
    boolean text(String text) {
      OptionalLong ms = Matcher.milliseconds(text);
      return ms.isPresent() && (ms.getAsLong() < limitMs) == before;
    }

    @Override
    boolean number(double number) {
      return ((long) number < limitMs) == before;
    }
  }

  private static ValueTest number(Operator operator, List<Object> values) {
    if (values.size() != 1 || !(values.get(0) instanceof Number limit)) {
      return NEVER;
    }
    return new OfNumber(
        limit.doubleValue(),
        operator == Operator.LT || operator == Operator.LTE,
        operator == Operator.LTE || operator == Operator.GTE);
  }

  private static ValueTest version(Operator operator, List<Object> values) {
    SemVer bound =
        values.size() == 1 && values.get(0) instanceof String text
            ? SemVer.parse(text).orElse(null)
            : null;
    if (bound == null) {
      return NEVER;
    }
    return new OfVersion(
        bound,
        operator == Operator.SEMVER_LT || operator == Operator.SEMVER_LTE,
        operator != Operator.SEMVER_LT && operator != Operator.SEMVER_GT,
        operator == Operator.SEMVER_GT || operator == Operator.SEMVER_GTE);
  }

  private static ValueTest moment(Operator operator, List<Object> values) {
    OptionalLong bound =
        values.size() == 1 ? Matcher.milliseconds(values.get(0)) : OptionalLong.empty();
    return bound.isEmpty() ? NEVER : new OfMoment(bound.getAsLong(), operator == Operator.BEFORE);
  }
}
