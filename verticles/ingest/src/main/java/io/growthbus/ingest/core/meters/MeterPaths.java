package io.growthbus.ingest.core.meters;

import static java.util.stream.Collectors.joining;

import io.growthbus.shared.config.GrowthConfig.MeterCondition;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes conditions and paths in the SQL/JSON path language of PostgreSQL.
 *
 * <p>Names and texts become string literals, in which everything that could end one is escaped; so
 * what an operator writes can only ever be compared. Paths are strict: they lead through objects
 * only, and what is absent or of another type makes a comparison unknown. An event counts when the
 * whole is true; the negative operators count the unknown as different.
 */
public final class MeterPaths {
  private MeterPaths() {}

  /** A predicate that is true when all conditions hold; null when there is none. */
  public static @Nullable String predicate(List<MeterCondition> conditions) {
    return conditions.isEmpty()
        ? null
        : conditions.stream().map(MeterPaths::term).collect(joining(" && ", "strict ", ""));
  }

  /** The path of a property, its names joined by dots. */
  public static String path(String dotted) {
    return "strict " + names(dotted);
  }

  private static String term(MeterCondition condition) {
    String path = names(condition.path());
    Object first = condition.values().get(0);
    return switch (condition.operator()) {
      case EQ, IN -> equal(path, condition.values());
      case NE -> not(equal(path, condition.values()));
      case EXISTS -> {
        String there = "(" + path + " != null)";
        yield Boolean.TRUE.equals(first) ? there : not(there);
      }
      case LT -> "(" + path + " < " + literal(first) + ")";
      case LTE -> "(" + path + " <= " + literal(first) + ")";
      case GT -> "(" + path + " > " + literal(first) + ")";
      case GTE -> "(" + path + " >= " + literal(first) + ")";
    };
  }

  private static String equal(String path, List<@Nullable Object> values) {
    return values.stream()
        .map(value -> "(" + path + " == " + literal(value) + ")")
        .collect(joining(" || ", "(", ")"));
  }

  private static String not(String predicate) {
    return "(!" + predicate + " || (" + predicate + " is unknown))";
  }

  private static String names(String dotted) {
    return Arrays.stream(dotted.split("\\."))
        .map(name -> "." + quoted(name))
        .collect(joining("", "$", ""));
  }

  private static String literal(@Nullable Object value) {
    if (value instanceof String text) {
      return quoted(text);
    }
    return value instanceof BigDecimal number ? number.toPlainString() : String.valueOf(value);
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char unit = text.charAt(i);
      if (unit == '"' || unit == '\\') {
        quoted.append('\\').append(unit);
      } else if (unit < 0x20) {
        quoted.append("\\u00").append(unit < 0x10 ? "0" : "").append(Integer.toHexString(unit));
      } else {
        quoted.append(unit);
      }
    }
    return quoted.append('"').toString();
  }
}
