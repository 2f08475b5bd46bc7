package io.growthbus.shared.flags;

import io.growthbus.shared.flags.Targeting.Condition;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
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
  private final ValueTest test;
  private final boolean negated;

  private Matcher(Condition condition, String attribute, Operator operator) {
    // Interned, as parsers do with names, so that it is found without comparing its characters.
    this.attribute = attribute.intern();
    this.ofUser = attribute.equals(Targeting.USER_ID);
    this.path = attribute.split("\\.", MOST_PARTS);
    this.test = ValueTest.of(operator, condition.values());
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
    return test.fits(ofUser ? userId : read(attributes, attribute, path)) != negated;
  }

  /** The value of an attribute; that with the whole name wins over one inside of another. */
  static @Nullable Object attribute(
      @Nullable String userId, Map<String, Object> attributes, String name, String[] path) {
    return name.equals(Targeting.USER_ID) ? userId : read(attributes, name, path);
  }

  private static @Nullable Object read(Map<String, Object> attributes, String name, String[] path) {
    Object value = ValueTest.present(attributes.get(name));
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
    return ValueTest.present(place);
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
