package io.growthbus.ingest.core.schema;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Parsed JSON as plain Java values: {@link Map}, {@link List}, {@link String}, {@link Number},
 * {@link Boolean} and null.
 */
final class Json {
  private Json() {}

  /** A value as an object; an empty one when it is none. */
  @SuppressWarnings("unchecked")
  static Map<String, @Nullable Object> object(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : Map.of();
  }

  /** A value as an array; an empty one when it is none. */
  @SuppressWarnings("unchecked")
  static List<@Nullable Object> array(@Nullable Object value) {
    return value instanceof List<?> list ? (List<@Nullable Object>) list : List.of();
  }

  /** Whether two values are the same JSON value; 1 and 1.0 are. */
  static boolean equal(@Nullable Object one, @Nullable Object other) {
    if (one instanceof Number a && other instanceof Number b) {
      return decimal(a).compareTo(decimal(b)) == 0;
    }
    if (one instanceof List<?> a && other instanceof List<?> b) {
      return a.size() == b.size() && contains(a, b);
    }
    if (one instanceof Map<?, ?> a && other instanceof Map<?, ?> b) {
      return a.size() == b.size()
          && a.entrySet().stream()
              .allMatch(
                  entry ->
                      b.containsKey(entry.getKey())
                          && equal(entry.getValue(), b.get(entry.getKey())));
    }
    return one == null ? other == null : one.equals(other);
  }

  private static boolean contains(List<?> one, List<?> other) {
    for (int i = 0; i < one.size(); i++) {
      if (!equal(one.get(i), other.get(i))) {
        return false;
      }
    }
    return true;
  }

  static BigDecimal decimal(Number number) {
    return number instanceof BigDecimal decimal ? decimal : new BigDecimal(number.toString());
  }

  /** A pointer one step further down. */
  static String pointer(String base, String name) {
    return base + '/' + name.replace("~", "~0").replace("/", "~1");
  }
}
