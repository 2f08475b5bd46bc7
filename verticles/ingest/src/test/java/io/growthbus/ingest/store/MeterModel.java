package io.growthbus.ingest.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.growthbus.ingest.store.EventStore.NewEvent;
import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.config.GrowthConfig.MeterCondition;
import io.growthbus.shared.config.GrowthConfig.MeterPeriod;
import io.growthbus.shared.config.GrowthConfig.MeterSubject;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What meters count, in plain Java: what the SQL is held against. */
public final class MeterModel {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
  private static final BigDecimal MOST = new BigDecimal("1e18");

  private MeterModel() {}

  /** What an event adds; empty when it does not count. */
  public static Optional<BigDecimal> amount(Meter meter, NewEvent event) {
    if (!event.verified()
        || subject(meter, event) == null
        || !meter.event().equals(event.event().name())) {
      return Optional.empty();
    }
    JsonNode properties = parse(event.event().propertiesJson());
    if (!meter.filter().stream().allMatch(condition -> holds(condition, properties))) {
      return Optional.empty();
    }
    if (meter.sum() == null) {
      return Optional.of(BigDecimal.ONE);
    }
    JsonNode value = at(properties, meter.sum());
    return value.isNumber() && value.decimalValue().abs().compareTo(MOST) <= 0
        ? Optional.of(value.decimalValue().setScale(9, RoundingMode.HALF_UP))
        : Optional.empty();
  }

  public static @Nullable String subject(Meter meter, NewEvent event) {
    return meter.subject() == MeterSubject.ACCOUNT
        ? event.event().accountId()
        : event.event().userId();
  }

  /** The bucket of an event; {@link LocalDate#MIN} for a lifetime. */
  public static LocalDate bucket(Meter meter, NewEvent event) {
    LocalDate day = LocalDate.ofInstant(Instant.ofEpochMilli(event.occurredAtMs()), ZoneOffset.UTC);
    return switch (meter.period().days()) {
      case MeterPeriod.FOR_EVER -> LocalDate.MIN;
      case MeterPeriod.CALENDAR_MONTH -> day.withDayOfMonth(1);
      default -> day;
    };
  }

  public static boolean isCurrent(Meter meter, LocalDate bucket, LocalDate today) {
    return switch (meter.period().days()) {
      case MeterPeriod.FOR_EVER -> true;
      case MeterPeriod.CALENDAR_MONTH -> bucket.equals(today.withDayOfMonth(1));
      default -> !bucket.isAfter(today) && bucket.isAfter(today.minusDays(meter.period().days()));
    };
  }

  private static boolean holds(MeterCondition condition, JsonNode properties) {
    JsonNode found = at(properties, condition.path());
    Object first = condition.values().get(0);
    return switch (condition.operator()) {
      case EQ, IN -> condition.values().stream().anyMatch(value -> same(found, value));
      case NE -> !same(found, first);
      case EXISTS -> first.equals(!found.isMissingNode() && !found.isNull());
      case LT -> found.isNumber() && found.decimalValue().compareTo((BigDecimal) first) < 0;
      case LTE -> found.isNumber() && found.decimalValue().compareTo((BigDecimal) first) <= 0;
      case GT -> found.isNumber() && found.decimalValue().compareTo((BigDecimal) first) > 0;
      case GTE -> found.isNumber() && found.decimalValue().compareTo((BigDecimal) first) >= 0;
    };
  }

  private static boolean same(JsonNode found, @Nullable Object value) {
    if (value instanceof BigDecimal number) {
      return found.isNumber() && found.decimalValue().compareTo(number) == 0;
    }
    if (value instanceof String text) {
      return found.isTextual() && found.textValue().equals(text);
    }
    return value == null ? found.isNull() : found.isBoolean() && value.equals(found.booleanValue());
  }

  private static JsonNode at(JsonNode properties, String path) {
    JsonNode found = properties;
    for (String name : path.split("\\.", -1)) {
      found = found.isObject() ? found.path(name) : MissingNode.getInstance();
    }
    return found;
  }

  private static JsonNode parse(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new AssertionError(json, e);
    }
  }
}
