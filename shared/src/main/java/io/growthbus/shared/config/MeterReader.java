package io.growthbus.shared.config;

import com.fasterxml.jackson.databind.JsonNode;
import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.config.GrowthConfig.MeterCondition;
import io.growthbus.shared.config.GrowthConfig.MeterOperator;
import io.growthbus.shared.config.GrowthConfig.MeterPeriod;
import io.growthbus.shared.config.GrowthConfig.MeterSubject;
import io.growthbus.shared.domain.Keys;
import io.growthbus.shared.domain.ThresholdCrossed;
import io.growthbus.shared.flags.Exposure;
import io.growthbus.shared.settings.Problems;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the definition of a meter, as {@code growth.json} and the admin API write it. */
public final class MeterReader {
  /** How many meters there may be. */
  public static final int MOST_METERS = 200;

  /** Events that the product itself records from what it has decided: a loop if they counted. */
  private static final Set<String> OWN_EVENTS = Set.of(Exposure.EVENT, ThresholdCrossed.EVENT);

  private static final int LONGEST_EVENT = 100;
  private static final int MOST_TERMS = 20;
  private static final int LONGEST_LIST = 100;
  private static final int LONGEST_TEXT = 1_024;
  private static final int LONGEST_PATH = 200;
  private static final int MOST_DIGITS = 40;

  private MeterReader() {}

  /**
   * An order to define a meter.
   *
   * @param reset whether what was counted under another definition may be given up
   */
  public record MeterOrder(Meter meter, boolean reset) {}

  /** Whether a text may be the key of a meter. */
  public static boolean isKey(String text) {
    return Keys.isKey(text);
  }

  /**
   * Reads a definition.
   *
   * @param text a JSON object; may also hold {@code reset}
   * @param key the meter's key, which a {@code key} in the text must equal
   * @param problems gets every error; empty is returned when there is one
   */
  public static Optional<MeterOrder> read(String text, String key, Problems problems) {
    return JsonText.object(text, problems).flatMap(at -> read(at, key, problems));
  }

  private static Optional<MeterOrder> read(JsonCursor at, String key, Problems problems) {
    if (!at.text("key", key).equals(key)) {
      at.error("key", "must be the key in the path");
    }
    MeterOrder order = new MeterOrder(definition(at, key), at.flag("reset", false));
    at.checkUnknown();
    return problems.isEmpty() ? Optional.of(order) : Optional.empty();
  }

  static Meter meter(JsonCursor at) {
    String key = at.text("key", null);
    if (!key.isEmpty() && !isKey(key)) {
      at.error("key", "must be 1 to 128 characters from A-Z a-z 0-9 . _ -");
    }
    return definition(at, key);
  }

  private static Meter definition(JsonCursor at, String key) {
    String event = at.text("event", null);
    if (event.length() > LONGEST_EVENT || !JsonText.isStorable(event)) {
      at.error(
          "event", "must be the name of an event, of at most " + LONGEST_EVENT + " characters");
    }
    if (OWN_EVENTS.contains(event)) {
      at.error("event", "is recorded by the product itself and feeds no meter");
    }
    String sum = at.has("sum") ? at.text("sum", null) : null;
    if (sum != null && !sum.isEmpty() && !isPath(sum)) {
      at.error("sum", pathRule());
    }
    String period = at.text("period", "lifetime");
    Optional<MeterPeriod> parsed = MeterPeriod.parse(period);
    if (parsed.isEmpty()) {
      at.error("period", "must be lifetime, month, or days from 1d to 366d");
    }
    return new Meter(
        key,
        event,
        filter(at),
        sum,
        MeterSubject.valueOf(
            at.choice("subject", "user", List.of("user", "account")).toUpperCase(Locale.ROOT)),
        parsed.orElse(MeterPeriod.LIFETIME),
        at.flag("backfill", false));
  }

  private static List<MeterCondition> filter(JsonCursor at) {
    List<MeterCondition> conditions = new ArrayList<>();
    Map<String, JsonNode> members = at.members("filter");
    JsonCursor filter = at.object("filter");
    members.forEach(
        (path, value) -> {
          if (!isPath(path)) {
            filter.error(path, pathRule());
          } else if (value.isObject()) {
            conditions.addAll(operators(filter, path, value));
          } else {
            conditions.add(
                new MeterCondition(
                    path, MeterOperator.EQ, Arrays.asList(value(filter, path, value))));
          }
        });
    if (conditions.size() > MOST_TERMS) {
      at.error("filter", "must hold at most " + MOST_TERMS + " conditions");
    }
    conditions.sort(
        Comparator.comparing(MeterCondition::path).thenComparing(MeterCondition::operator));
    return conditions;
  }

  private static List<MeterCondition> operators(JsonCursor filter, String path, JsonNode written) {
    List<MeterCondition> conditions = new ArrayList<>();
    if (written.isEmpty()) {
      filter.error(path, "must hold a condition");
    }
    for (Map.Entry<String, JsonNode> entry : written.properties()) {
      Optional<MeterOperator> operator = operator(entry.getKey());
      if (operator.isEmpty()) {
        filter.error(path, "may hold eq, ne, in, lt, lte, gt, gte, exists");
      } else {
        List<@Nullable Object> values = operands(filter, path, operator.get(), entry.getValue());
        conditions.add(new MeterCondition(path, operator.get(), values));
      }
    }
    return conditions;
  }

  private static Optional<MeterOperator> operator(String word) {
    return Arrays.stream(MeterOperator.values())
        .filter(operator -> operator.name().toLowerCase(Locale.ROOT).equals(word))
        .findFirst();
  }

  private static List<@Nullable Object> operands(
      JsonCursor filter, String path, MeterOperator operator, JsonNode written) {
    List<@Nullable Object> values = new ArrayList<>();
    switch (operator) {
      case IN -> {
        if (!written.isArray() || written.isEmpty() || written.size() > LONGEST_LIST) {
          filter.error(path, "needs a list of 1 to " + LONGEST_LIST + " values for in");
        } else {
          written.forEach(element -> values.add(value(filter, path, element)));
        }
      }
      case EQ, NE -> values.add(value(filter, path, written));
      case EXISTS -> {
        if (!written.isBoolean()) {
          filter.error(path, "needs true or false for exists");
        }
        values.add(written.booleanValue());
      }
      case LT, LTE, GT, GTE -> {
        if (!written.isNumber()) {
          filter.error(path, "needs a number for lt, lte, gt and gte");
        }
        values.add(value(filter, path, written));
      }
    }
    return values;
  }

  private static @Nullable Object value(JsonCursor filter, String path, JsonNode written) {
    if (written.isNull()) {
      return null;
    }
    if (written.isBoolean()) {
      return written.booleanValue();
    }
    if (written.isTextual()
        && written.textValue().length() <= LONGEST_TEXT
        && JsonText.isStorable(written.textValue())) {
      return written.textValue();
    }
    if (written.isNumber()) {
      BigDecimal number = written.decimalValue();
      if (number.precision() <= MOST_DIGITS && Math.abs((long) number.scale()) <= MOST_DIGITS) {
        BigDecimal plain = number.stripTrailingZeros();
        return plain.scale() < 0 ? plain.setScale(0) : plain;
      }
    }
    filter.error(
        path,
        "must be compared with texts of at most "
            + LONGEST_TEXT
            + " characters, numbers of at most "
            + MOST_DIGITS
            + " digits, true, false or null");
    return null;
  }

  private static boolean isPath(String path) {
    return path.length() <= LONGEST_PATH
        && JsonText.isStorable(path)
        && Arrays.stream(path.split("\\.", -1)).noneMatch(String::isEmpty);
  }

  private static String pathRule() {
    return "must be the name of a property, or names joined by dots, of at most "
        + LONGEST_PATH
        + " characters";
  }
}
