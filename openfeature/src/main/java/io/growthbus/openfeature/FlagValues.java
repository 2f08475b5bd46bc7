package io.growthbus.openfeature;

import dev.openfeature.sdk.ImmutableStructure;
import dev.openfeature.sdk.Value;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The value of a flag as one of OpenFeature's types; empty when it is of another type, or when a
 * number would lose something.
 */
final class FlagValues {
  private FlagValues() {}

  static Optional<Boolean> asBoolean(Object value) {
    return value instanceof Boolean flag ? Optional.of(flag) : Optional.empty();
  }

  static Optional<String> asText(Object value) {
    return value instanceof String text ? Optional.of(text) : Optional.empty();
  }

  /** A whole number within 32 bits, however it is written: 10.0 is 10. */
  static Optional<Integer> asInteger(Object value) {
    return exact(value)
        .filter(number -> isWhole(number) && number.toBigInteger().bitLength() < Integer.SIZE)
        .map(BigDecimal::intValueExact);
  }

  /** A whole number within 64 bits, however it is written: 10.0 is 10. */
  static Optional<Long> asLong(Object value) {
    return exact(value)
        .filter(number -> isWhole(number) && number.toBigInteger().bitLength() < Long.SIZE)
        .map(BigDecimal::longValueExact);
  }

  /** A number that a double holds exactly. */
  static Optional<Double> asDouble(Object value) {
    if (value instanceof Double number) {
      return Optional.of(number);
    }
    return exact(value)
        .filter(
            number ->
                Double.isFinite(number.doubleValue())
                    && new BigDecimal(number.doubleValue()).compareTo(number) == 0)
        .map(BigDecimal::doubleValue);
  }

  /** Any value: OpenFeature's {@link Value} holds booleans, texts and numbers too. */
  static Optional<Value> asObject(@Nullable Object value) {
    if (value == null) {
      return Optional.of(new Value());
    }
    if (value instanceof Map<?, ?> object) {
      return structure(object);
    }
    if (value instanceof List<?> list) {
      return list(list);
    }
    if (value instanceof Number number) {
      return number(number);
    }
    return asBoolean(value).map(Value::new).or(() -> asText(value).map(Value::new));
  }

  private static Optional<Value> structure(Map<?, ?> object) {
    Map<String, Value> fields = new LinkedHashMap<>();
    for (Map.Entry<?, ?> field : object.entrySet()) {
      Optional<Value> inner = asObject(field.getValue());
      if (inner.isEmpty()) {
        return Optional.empty();
      }
      fields.put(String.valueOf(field.getKey()), inner.get());
    }
    return Optional.of(new Value(new ImmutableStructure(fields)));
  }

  private static Optional<Value> list(List<?> list) {
    List<Value> elements = new ArrayList<>();
    for (Object element : list) {
      Optional<Value> inner = asObject(element);
      if (inner.isEmpty()) {
        return Optional.empty();
      }
      elements.add(inner.get());
    }
    return Optional.of(new Value(elements));
  }

  private static Optional<Value> number(Number number) {
    if (number instanceof Double fraction) {
      return Optional.of(new Value(fraction));
    }
    return asInteger(number)
        .map(Value::new)
        .or(() -> asLong(number).map(Value::new))
        .or(() -> asDouble(number).map(Value::new));
  }

  private static boolean isWhole(BigDecimal number) {
    return number.signum() == 0 || number.stripTrailingZeros().scale() <= 0;
  }

  private static Optional<BigDecimal> exact(Object value) {
    if (value instanceof Integer || value instanceof Long) {
      return Optional.of(BigDecimal.valueOf(((Number) value).longValue()));
    }
    if (value instanceof Double number && Double.isFinite(number)) {
      return Optional.of(new BigDecimal(number));
    }
    if (value instanceof BigInteger number) {
      return Optional.of(new BigDecimal(number));
    }
    return value instanceof BigDecimal number ? Optional.of(number) : Optional.empty();
  }
}
