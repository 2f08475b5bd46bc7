package io.growthbus.shared.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.growthbus.shared.config.Catalogue.Price;
import io.growthbus.shared.config.GrowthConfig.Activation;
import io.growthbus.shared.config.GrowthConfig.Consent;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.config.GrowthConfig.EventContract;
import io.growthbus.shared.config.GrowthConfig.Identity;
import io.growthbus.shared.config.GrowthConfig.Plan;
import io.growthbus.shared.config.GrowthConfig.Privacy;
import io.growthbus.shared.config.GrowthConfig.PrivacyMode;
import io.growthbus.shared.config.GrowthConfig.Telemetry;
import io.growthbus.shared.config.GrowthConfig.Tier;
import io.growthbus.shared.config.GrowthConfig.ViolationAction;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.settings.Problems;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code growth.json}. The product's own template and the shorter one that holds only {@code
 * telemetry}, {@code flags} and {@code entitlements} both load; a field that is not known is an
 * error, a reference to something that does not exist too.
 */
public final class GrowthConfigReader {
  private static final Pattern SEMVER = Pattern.compile("\\d{1,9}\\.\\d{1,9}\\.\\d{1,9}");
  private static final List<String> VIOLATIONS =
      List.of(
          "unplanned_event",
          "required_missing",
          "wrong_type",
          "additional_property",
          "unknown_version");
  private static final List<String> ACTIONS = List.of("allow", "annotate", "quarantine", "drop");
  private static final int LONGEST_PURPOSE = 100;
  private static final long DAY_MS = Duration.ofDays(1).toMillis();

  private GrowthConfigReader() {}

  /**
   * Reads a document.
   *
   * @param text the document
   * @param problems gets every error and warning; the result may be used only when it holds none
   */
  public static GrowthConfig read(String text, Problems problems) {
    JsonNode document;
    try {
      document = JsonText.MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      var place = e.getLocation();
      problems.error(
          "growth.json line " + place.getLineNr() + " column " + place.getColumnNr(),
          "is not JSON here: " + e.getOriginalMessage());
      document = JsonText.MAPPER.createObjectNode();
    }
    if (!JsonText.isStorable(document)) {
      problems.error("growth.json /", "must not hold NUL or half of a surrogate pair");
    }
    JsonCursor root = new JsonCursor(document, "", problems);
    GrowthConfig config =
        new GrowthConfig(
            telemetry(root.object("telemetry")),
            flags(root.object("flags")),
            entitlements(root.object("entitlements")),
            root.objects("meters", MeterReader::meter),
            activation(root.object("activation")),
            consent(root.object("consent")),
            privacy(root.object("privacy")),
            identity(root));
    root.checkUnknown();
    GrowthConfigCheck.references(config, problems);
    return config;
  }

  private static Telemetry telemetry(JsonCursor at) {
    String version = at.text("schema_version", "1.0.0");
    if (!SEMVER.matcher(version).matches()) {
      at.error("schema_version", "must be a version such as 1.0.0");
    }
    Telemetry telemetry =
        new Telemetry(
            version,
            (int) at.number("batch_size", 25L, 1, 500),
            Duration.ofMillis(at.number("flush_interval_ms", 2_000L, 100, 60_000)),
            at.objects(
                "events",
                event ->
                    new EventContract(
                        event.text("name", null), event.texts("required_properties"))),
            violations(at.object("violations")));
    at.checkUnknown();
    return telemetry;
  }

  private static Map<String, ViolationAction> violations(JsonCursor at) {
    Map<String, ViolationAction> actions = new LinkedHashMap<>();
    for (String kind : VIOLATIONS) {
      if (at.has(kind)) {
        String action = at.choice(kind, "quarantine", ACTIONS);
        actions.put(kind, ViolationAction.valueOf(action.toUpperCase(Locale.ROOT)));
      }
    }
    at.checkUnknown();
    return actions;
  }

  static Flags flags(JsonCursor at) {
    String evaluator = at.choice("evaluator", "client", List.of("client", "server"));
    at.choice("fallback", "local_cache", List.of("local_cache", "off"));
    Flags flags =
        new Flags(
            at.objects("definitions", flag -> FlagReader.flag(flag, evaluator)),
            at.objects("segments", FlagReader::segment),
            at.objects("holdouts", FlagReader::holdout),
            FlagReader.surface(evaluator));
    at.checkUnknown();
    return flags;
  }

  private static Entitlements entitlements(JsonCursor at) {
    at.choice("sync_strategy", "async_cache", List.of("async_cache"));
    boolean grace = at.flag("grace_period_enabled", true);
    long webhookGrace = at.number("webhook_grace_ms", 3 * DAY_MS, 0, 30 * DAY_MS);
    long dunningGrace = at.number("dunning_grace_ms", 7 * DAY_MS, 0, 90 * DAY_MS);
    Map<String, List<Price>> prices = new LinkedHashMap<>();
    List<Tier> tiers = CatalogueReader.tiers(at, prices);
    Entitlements entitlements =
        new Entitlements(
            Duration.ofMillis(at.number("cache_ttl_ms", 300_000L, 1_000, DAY_MS)),
            at.text("fallback_tier", "free"),
            Duration.ofMillis(grace ? webhookGrace : 0),
            Duration.ofMillis(grace ? dunningGrace : 0),
            Duration.ofMillis(at.number("max_stale_ms", DAY_MS, 0, 30 * DAY_MS)),
            tiers.isEmpty() ? defaultTiers() : tiers,
            at.objects("plans", plan -> new Plan(plan.text("tier", null), plan.texts("prices"))),
            CatalogueReader.catalogue(at, prices));
    at.checkUnknown();
    return entitlements;
  }

  private static List<Tier> defaultTiers() {
    return List.of(
        new Tier("free", Map.of("api_calls", 100L), List.of(), List.of()),
        new Tier("pro", Map.of("api_calls", 10_000L), List.of(), List.of()),
        new Tier("enterprise", Map.of(), List.of("api_calls"), List.of()));
  }

  private static Activation activation(JsonCursor at) {
    Activation activation =
        new Activation(
            at.objects("rules", RuleReader::rule), PromptCaps.read(at.object("caps")), purpose(at));
    at.checkUnknown();
    return activation;
  }

  private static String purpose(JsonCursor at) {
    String purpose = at.text("consent_purpose", "marketing");
    if (purpose.length() > LONGEST_PURPOSE) {
      at.error("consent_purpose", "must have at most " + LONGEST_PURPOSE + " characters");
    }
    return purpose;
  }

  private static Consent consent(JsonCursor at) {
    Consent consent = new Consent(at.flag("required", false), at.text("purpose", "analytics"));
    at.checkUnknown();
    return consent;
  }

  private static Privacy privacy(JsonCursor at) {
    String mode = at.choice("mode", "floor", List.of("floor", "allow_list"));
    List<String> keys = at.texts("keys");
    if (keys.stream().anyMatch(key -> key.codePoints().noneMatch(Character::isLetterOrDigit))) {
      at.error("keys", "must be names of properties");
    }
    at.checkUnknown();
    return new Privacy(
        mode.equals("floor") ? PrivacyMode.FLOOR : PrivacyMode.ALLOW_LIST, List.copyOf(keys));
  }

  private static @Nullable Identity identity(JsonCursor root) {
    if (!root.has("identity")) {
      return null;
    }
    return root.choice("identity", "verified", List.of("open", "verified")).equals("open")
        ? Identity.OPEN
        : Identity.VERIFIED;
  }
}
