package io.growthbus.openfeature;

import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.Structure;
import dev.openfeature.sdk.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * For whom a flag is evaluated.
 *
 * @param userId the targeting key; null when there is none, or an empty one
 * @param attributes the rest of the context as JSON has it
 */
record Question(@Nullable String userId, Map<String, Object> attributes) {
  private static final Question NOBODY = new Question(null, Map.of());

  static Question of(@Nullable EvaluationContext context) {
    if (context == null) {
      return NOBODY;
    }
    String key = context.getTargetingKey();
    return new Question(key == null || key.isEmpty() ? null : key, attributes(context));
  }

  private static Map<String, Object> attributes(EvaluationContext context) {
    Map<String, Object> attributes = plain(context);
    attributes.remove(EvaluationContext.TARGETING_KEY);
    return attributes;
  }

  /** A structure as JSON has it, without what is null; moments are texts in ISO 8601. */
  static Map<String, Object> plain(Structure structure) {
    Map<String, Object> plain = new HashMap<>();
    structure
        .asUnmodifiableMap()
        .forEach(
            (name, value) -> {
              Object inner = plain(value);
              if (inner != null) {
                plain.put(name, inner);
              }
            });
    return plain;
  }

  private static @Nullable Object plain(@Nullable Value value) {
    if (value == null || value.isNull()) {
      return null;
    }
    if (value.isStructure()) {
      return plain(value.asStructure());
    }
    if (value.isList()) {
      List<Object> elements =
          value.asList().stream().map(Question::plain).filter(Objects::nonNull).toList();
      return elements;
    }
    return value.isInstant() ? value.asInstant().toString() : value.asObject();
  }
}
