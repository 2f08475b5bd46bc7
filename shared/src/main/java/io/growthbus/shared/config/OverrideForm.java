package io.growthbus.shared.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.config.GrowthConfig.Tier;
import io.growthbus.shared.settings.Problems;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads and writes overrides as JSON: {@code {"tier", "limits", "features", "expires_at", "trial",
 * "note"}}. Limits are numbers or {@code "unlimited"}, features true or false.
 */
public final class OverrideForm {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final int LONGEST_NOTE = 1_000;
  private static final long LAST_MOMENT_MS = 253_402_300_799_999L;

  private OverrideForm() {}

  /**
   * Reads what an operator has written.
   *
   * @param config what there is: a tier, limit or feature that no tier has is an error
   * @param problems gets every error; empty is returned when there is one
   */
  public static Optional<EntitlementOverride> read(
      String text, Entitlements config, Problems problems) {
    JsonNode document;
    try {
      document = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      problems.error("/", "is not JSON");
      return Optional.empty();
    }
    JsonCursor at = new JsonCursor("", document, "", problems);
    if (!document.isObject()) {
      return Optional.empty();
    }
    EntitlementOverride read = override(at);
    at.checkUnknown();
    check(read, config, at);
    return problems.isEmpty() ? Optional.of(read) : Optional.empty();
  }

  /**
   * Reads what was stored; names that the configuration has lost since stay in it.
   *
   * @param text a JSON object
   */
  public static EntitlementOverride stored(String text) {
    return stored(tree(text));
  }

  /** As {@link #stored(String)}, of a JSON array. */
  public static List<EntitlementOverride> allStored(String text) {
    List<EntitlementOverride> read = new ArrayList<>();
    tree(text).forEach(element -> read.add(stored(element)));
    return List.copyOf(read);
  }

  /** The JSON text that {@link #stored(String)} reads. */
  public static String text(EntitlementOverride override) {
    ObjectNode json = JSON.createObjectNode();
    if (override.tier() != null) {
      json.put("tier", override.tier());
    }
    ObjectNode limits = JSON.createObjectNode();
    override.limits().forEach(limits::put);
    override.unlimited().forEach(name -> limits.put(name, "unlimited"));
    json.set("limits", limits);
    ObjectNode features = JSON.createObjectNode();
    override.features().forEach(features::put);
    json.set("features", features);
    if (override.expiresAtMs() != null) {
      json.put("expires_at", override.expiresAtMs());
    }
    json.put("trial", override.trial());
    if (override.note() != null) {
      json.put("note", override.note());
    }
    return json.toString();
  }

  private static JsonNode tree(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("what was stored as JSON cannot be read again", e);
    }
  }

  private static EntitlementOverride stored(JsonNode node) {
    return override(new JsonCursor("", node, "", new Problems()));
  }

  private static EntitlementOverride override(JsonCursor at) {
    List<String> unlimited = new ArrayList<>();
    Map<String, Long> limits = at.limits("limits", unlimited);
    String note = at.has("note") ? at.text("note", null) : null;
    if (note != null && (note.length() > LONGEST_NOTE || note.indexOf('\0') >= 0)) {
      at.error("note", "must be a text of at most " + LONGEST_NOTE + " characters");
    }
    return new EntitlementOverride(
        at.has("tier") ? at.text("tier", null) : null,
        limits,
        unlimited,
        features(at),
        at.has("expires_at") ? at.number("expires_at", null, 0, LAST_MOMENT_MS) : null,
        at.flag("trial", false),
        note);
  }

  private static Map<String, Boolean> features(JsonCursor at) {
    Map<String, Boolean> features = new LinkedHashMap<>();
    Map<String, JsonNode> members = at.members("features");
    if (!members.isEmpty()) {
      JsonCursor inside = at.object("features");
      members.keySet().forEach(key -> features.put(key, inside.flag(key, false)));
    }
    return features;
  }

  private static void check(EntitlementOverride read, Entitlements config, JsonCursor at) {
    Set<String> tiers = new TreeSet<>();
    Set<String> limits = new TreeSet<>(config.catalogue().limits().keySet());
    Set<String> features = new TreeSet<>(config.catalogue().features().keySet());
    for (Tier tier : config.tiers()) {
      tiers.add(tier.name());
      limits.addAll(tier.limits().keySet());
      limits.addAll(tier.unlimited());
      features.addAll(tier.features());
    }
    if (read.tier() != null && !tiers.contains(read.tier())) {
      at.error("tier", "must be one of " + String.join(", ", tiers));
    }
    JsonCursor insideLimits = at.object("limits");
    Set<String> named = new TreeSet<>(read.limits().keySet());
    named.addAll(read.unlimited());
    unknown(named, limits, insideLimits);
    unknown(read.features().keySet(), features, at.object("features"));
    if (read.trial() && (read.tier() == null || read.expiresAtMs() == null)) {
      at.error("trial", "needs a tier and expires_at");
    }
    if (read.tier() == null && named.isEmpty() && read.features().isEmpty()) {
      at.error("tier", "is missing; give at least a tier, a limit or a feature");
    }
  }

  private static void unknown(Set<String> named, Set<String> known, JsonCursor at) {
    named.stream()
        .filter(name -> !known.contains(name))
        .forEach(name -> at.error(name, "is in no tier; there are " + String.join(", ", known)));
  }
}
