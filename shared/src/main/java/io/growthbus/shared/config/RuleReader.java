package io.growthbus.shared.config;

import com.fasterxml.jackson.databind.JsonNode;
import io.growthbus.shared.config.GrowthConfig.Rearm;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.message.RuleState;
import io.growthbus.shared.settings.Problems;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads an activation rule, as {@code growth.json} and the admin API write it. */
public final class RuleReader {
  /** How many thresholds one rule may have. */
  public static final int MOST_THRESHOLDS = 20;

  private static final int MOST_PERCENT = 1_000;
  private static final int LONGEST_TITLE = 200;
  private static final int LONGEST_BODY = 2_000;
  private static final int LONGEST_LABEL = 100;
  private static final int LONGEST_URL = 2_048;
  private static final int MOST_CONDITIONS = 50;
  // Browsers read "//host" and "/\\host" as another site.
  private static final Pattern SITE_PATH = Pattern.compile("/(?![/\\\\]).*");
  private static final String SECURE = "https://";
  private static final String THRESHOLD = "threshold";
  private static final String THRESHOLDS = "thresholds";
  private static final String PERCENT = "percent";
  private static final String EVERY = "every";
  private static final long DAY_MS = Duration.ofDays(1).toMillis();
  private static final long YEAR_MS = Duration.ofDays(365).toMillis();

  private RuleReader() {}

  /**
   * Reads one rule. Whether what it names exists is not checked; {@link RuleReferences} does.
   *
   * @param text a JSON object
   * @param key the rule's key, which a {@code key} in the text must equal
   * @param problems gets every error, each with its JSON pointer
   * @return empty when there is an error
   */
  public static Optional<Rule> read(String text, String key, Problems problems) {
    return DefinitionReader.storable(text, problems)
        .map(
            at -> {
              if (!at.text("key", key).equals(key)) {
                at.error("key", "must be the key in the path");
              }
              DefinitionReader.SHOWN_ONLY.forEach(at::has);
              Rule rule = rule(at, key);
              at.checkUnknown();
              return rule;
            })
        .filter(rule -> problems.isEmpty());
  }

  /** A rule that is stored already; fails when it cannot be read. */
  public static Rule stored(RuleState state) {
    Problems problems = new Problems();
    return read(state.definition(), state.key(), problems)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "the stored definition of a rule cannot be read: " + problems.errors()));
  }

  static Rule rule(JsonCursor at) {
    return rule(at, at.key("key"));
  }

  private static Rule rule(JsonCursor at, String key) {
    JsonCursor cta = at.object("cta");
    Rule rule =
        new Rule(
            key,
            at.text("meter", null),
            thresholds(at),
            Rearm.valueOf(
                at.choice("rearm", "period", List.of("period", "never")).toUpperCase(Locale.ROOT)),
            (int) at.number("epoch", 0L, 0, Integer.MAX_VALUE),
            at.has("audience") ? FlagReader.conditions(at, "audience", MOST_CONDITIONS) : null,
            at.has("flag") ? at.key("flag") : null,
            at.decimal("holdout", 0, 0, 100),
            Duration.ofMillis(at.number("fresh_for_ms", DAY_MS, 1_000, YEAR_MS)),
            words(at, "title", "Ready for more?", LONGEST_TITLE),
            words(at, "body", "You have used {{count}} so far.", LONGEST_BODY),
            words(cta, "label", "See plans", LONGEST_LABEL),
            url(cta),
            (int) at.number("priority", 0L, 0, 1_000),
            Duration.ofMillis(at.number("expires_after_ms", 7 * DAY_MS, 1_000, YEAR_MS)));
    cta.checkUnknown();
    return rule;
  }

  private static String words(JsonCursor at, String field, String fallback, int longest) {
    String words = at.text(field, fallback);
    if (words.length() > longest) {
      at.error(field, "must have at most " + longest + " characters");
    }
    return words;
  }

  private static String url(JsonCursor cta) {
    String url = words(cta, "url", "/pricing", LONGEST_URL);
    if (!url.startsWith(SECURE) && !SITE_PATH.matcher(url).matches()) {
      cta.error("url", "must be an https address or a path such as /pricing");
    }
    return url;
  }

  private static List<Threshold> thresholds(JsonCursor at) {
    if (!at.has(THRESHOLDS)) {
      return List.of(new Threshold.Count(at.number(THRESHOLD, null, 1, Long.MAX_VALUE)));
    }
    if (at.has(THRESHOLD)) {
      at.error(THRESHOLD, "cannot stand beside \"thresholds\"; keep one of them");
    }
    JsonNode written = at.node().get(THRESHOLDS);
    if (!written.isArray() || written.isEmpty() || written.size() > MOST_THRESHOLDS) {
      at.error(THRESHOLDS, "must be an array of 1 to " + MOST_THRESHOLDS + " thresholds");
      return List.of(new Threshold.Count(1));
    }
    List<Threshold> thresholds = new ArrayList<>();
    for (int i = 0; i < written.size(); i++) {
      Optional<Threshold> threshold = threshold(at, i, written.get(i));
      if (threshold.isPresent() && thresholds.contains(threshold.get())) {
        at.error(THRESHOLDS, i, "stands there twice; take one away");
      }
      threshold.ifPresent(thresholds::add);
    }
    if (thresholds.stream().filter(Threshold.Every.class::isInstance).count() > 1) {
      at.error(THRESHOLDS, "must hold \"every\" at most once");
    }
    return thresholds;
  }

  private static Optional<Threshold> threshold(JsonCursor at, int index, JsonNode written) {
    if (written.isObject()) {
      JsonCursor part = at.element(THRESHOLDS, index);
      Threshold threshold =
          part.has(PERCENT)
              ? new Threshold.OfLimit((int) part.number(PERCENT, null, 1, MOST_PERCENT))
              : new Threshold.Every(part.number(EVERY, null, 1, Long.MAX_VALUE));
      part.checkUnknown();
      return Optional.of(threshold);
    }
    if (written.canConvertToExactIntegral()
        && written.canConvertToLong()
        && written.longValue() >= 1) {
      return Optional.of(new Threshold.Count(written.longValue()));
    }
    at.error(
        THRESHOLDS, index, "must be a whole number from 1, {\"percent\": 80} or {\"every\": 100}");
    return Optional.empty();
  }
}
