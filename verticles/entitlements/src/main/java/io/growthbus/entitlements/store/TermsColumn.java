package io.growthbus.entitlements.store;

import io.growthbus.entitlements.core.Terms;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Terms as they are stored: {@code {limits, unlimited, features}}; null for none. */
final class TermsColumn {
  private TermsColumn() {}

  static @Nullable String text(Terms terms) {
    if (terms.equals(Terms.NONE)) {
      return null;
    }
    JsonObject limits = new JsonObject();
    terms.limits().forEach(limits::put);
    return new JsonObject()
        .put("limits", limits)
        .put("unlimited", new JsonArray(terms.unlimited()))
        .put("features", terms.features() == null ? null : new JsonArray(terms.features()))
        .encode();
  }

  static Terms read(@Nullable JsonObject stored) {
    if (stored == null) {
      return Terms.NONE;
    }
    Map<String, Long> limits = new HashMap<>();
    for (Map.Entry<String, Object> limit : stored.getJsonObject("limits", new JsonObject())) {
      limits.put(limit.getKey(), ((Number) limit.getValue()).longValue());
    }
    JsonArray features = stored.getJsonArray("features");
    return new Terms(
        limits,
        texts(stored.getJsonArray("unlimited", new JsonArray())),
        features == null ? null : texts(features));
  }

  private static List<String> texts(JsonArray array) {
    return array.stream().map(String.class::cast).toList();
  }
}
