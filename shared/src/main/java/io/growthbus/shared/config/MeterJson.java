package io.growthbus.shared.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.config.GrowthConfig.MeterCondition;
import io.growthbus.shared.config.GrowthConfig.MeterOperator;
import java.math.BigDecimal;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Writes the definition of a meter, so that {@link MeterReader} reads the same again. */
public final class MeterJson {
  private static final JsonNodeFactory NODES = new JsonNodeFactory(true);

  private MeterJson() {}

  /** The definition as compact JSON text of an object, every field named. */
  public static String text(Meter meter) {
    ObjectNode json = NODES.objectNode();
    json.put("key", meter.key()).put("event", meter.event());
    ObjectNode filter = json.putObject("filter");
    meter.filter().forEach(condition -> put(filter, condition));
    if (meter.sum() != null) {
      json.put("sum", meter.sum());
    }
    json.put("subject", meter.subject().name().toLowerCase(Locale.ROOT));
    json.put("period", meter.period().text()).put("backfill", meter.backfill());
    return json.toString();
  }

  private static void put(ObjectNode filter, MeterCondition condition) {
    ObjectNode operators =
        filter.get(condition.path()) instanceof ObjectNode already
            ? already
            : filter.putObject(condition.path());
    String word = condition.operator().name().toLowerCase(Locale.ROOT);
    if (condition.operator() == MeterOperator.IN) {
      ArrayNode list = operators.putArray(word);
      condition.values().forEach(value -> list.add(node(value)));
    } else {
      operators.set(word, node(condition.values().get(0)));
    }
  }

  private static JsonNode node(@Nullable Object value) {
    if (value instanceof String text) {
      return NODES.textNode(text);
    }
    if (value instanceof BigDecimal number) {
      return NODES.numberNode(number);
    }
    return value instanceof Boolean flag ? NODES.booleanNode(flag) : NODES.nullNode();
  }
}
