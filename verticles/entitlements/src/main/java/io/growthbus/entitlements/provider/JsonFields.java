package io.growthbus.entitlements.provider;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/** Reads fields of deliveries; one that is absent, or of another type than documented, is null. */
final class JsonFields {
  private JsonFields() {}

  static @Nullable String text(JsonNode node) {
    return node.isTextual() && !node.textValue().isEmpty() ? node.textValue() : null;
  }

  /** An id, or the id of an expanded object. */
  static @Nullable String reference(JsonNode node) {
    return node.isObject() ? text(node.path("id")) : text(node);
  }

  /** Seconds since the epoch, in ms. */
  static @Nullable Long seconds(JsonNode node) {
    return node.canConvertToLong() && node.isIntegralNumber()
        ? Long.valueOf(node.longValue() * 1000)
        : null;
  }

  /** A moment in ISO 8601, in ms since the epoch. */
  static @Nullable Long moment(JsonNode node) {
    String text = text(node);
    try {
      return text == null
          ? null
          : Long.valueOf(OffsetDateTime.parse(text).toInstant().toEpochMilli());
    } catch (DateTimeException | ArithmeticException e) {
      return null;
    }
  }

  /** Whether a text may be an id or a type. */
  static boolean isName(@Nullable String text) {
    return text != null && text.length() <= 255;
  }
}
