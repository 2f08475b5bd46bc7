package io.growthbus.shared.settings;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the settings of a node: {@code conf/node.properties} below, environment variables above.
 *
 * <p>A setting {@code http.port} is {@code GROWTHBUS_HTTP_PORT} in the environment. Every read
 * states default, unit and range, and is remembered, so that the list of all settings, the check
 * for unknown ones and the documentation come from the same lines. A bad value is noted in {@link
 * Problems} and the default is used, so that all problems appear at once.
 */
public final class Settings {
  private static final String PREFIX = "GROWTHBUS_";
  private static final Pattern DURATION = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");
  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(B|KiB|MiB|GiB)");

  /**
   * A setting that some part of the product reads.
   *
   * @param name name in the properties file
   * @param fallback default as text, empty for none
   * @param range unit and range in words
   * @param meaning one sentence
   */
  public record Declared(String name, String fallback, String range, String meaning) {
    /** Name in the environment. */
    public String environmentName() {
      return Settings.environmentName(name);
    }
  }

  private final Properties file;
  private final Map<String, String> environment;
  private final Problems problems;
  private final Map<String, Declared> declared = new LinkedHashMap<>();

  public Settings(Properties file, Map<String, String> environment, Problems problems) {
    this.file = file;
    this.environment = environment;
    this.problems = problems;
  }

  /** Settings with nothing set, for defaults and documentation. */
  public static Settings defaults() {
    return new Settings(new Properties(), Map.of(), new Problems());
  }

  public Problems problems() {
    return problems;
  }

  /** All settings read so far, in order. */
  public Collection<Declared> declared() {
    return List.copyOf(declared.values());
  }

  /** Text; may be empty. */
  public String text(String name, String meaning, String fallback) {
    String raw = raw(name, meaning, fallback, "text");
    return raw == null ? fallback : raw;
  }

  /** Whole number within a closed range. */
  public int integer(String name, String meaning, int fallback, int min, int max) {
    String raw = raw(name, meaning, String.valueOf(fallback), min + " to " + max);
    if (raw == null) {
      return fallback;
    }
    try {
      int value = Integer.parseInt(raw);
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Falls through to the one message for everything that is no number in the range.
    }
    problems.error(where(name), "must be a whole number from " + min + " to " + max);
    return fallback;
  }

  /** {@code true} or {@code false}. */
  public boolean flag(String name, String meaning, boolean fallback) {
    String raw = raw(name, meaning, String.valueOf(fallback), "true or false");
    if (raw == null) {
      return fallback;
    }
    if (!raw.equals("true") && !raw.equals("false")) {
      problems.error(where(name), "must be true or false");
      return fallback;
    }
    return raw.equals("true");
  }

  /** Duration such as {@code 500ms}, {@code 30s}, {@code 5m}, {@code 72h}, {@code 7d}. */
  public Duration duration(String name, String meaning, String fallback, String min, String max) {
    String raw = raw(name, meaning, fallback, "duration, " + min + " to " + max);
    Duration standard = declaredDuration(fallback);
    if (raw == null) {
      return standard;
    }
    Duration value = parseDuration(raw);
    if (value == null) {
      problems.error(where(name), "must be a duration such as 500ms, 30s, 5m, 72h or 7d");
      return standard;
    }
    if (value.compareTo(declaredDuration(min)) < 0 || value.compareTo(declaredDuration(max)) > 0) {
      problems.error(where(name), "must be between " + min + " and " + max);
      return standard;
    }
    return value;
  }

  /** Size in bytes, written as {@code 16KiB} or {@code 1MiB}. */
  public int size(String name, String meaning, String fallback, String min, String max) {
    String raw = raw(name, meaning, fallback, "size, " + min + " to " + max);
    long value = raw == null ? -1 : parseSize(raw);
    if (value >= parseSize(min) && value <= parseSize(max)) {
      return Math.toIntExact(value);
    }
    if (raw != null) {
      problems.error(
          where(name), "must be a size from " + min + " to " + max + ", such as 64KiB or 1MiB");
    }
    return Math.toIntExact(parseSize(fallback));
  }

  /** Comma-separated list; blanks around entries do not count. */
  public List<String> list(String name, String meaning, String fallback) {
    String raw = raw(name, meaning, fallback, "comma-separated list");
    List<String> entries = new ArrayList<>();
    for (String entry : Arrays.asList((raw == null ? fallback : raw).split(",", -1))) {
      if (!entry.isBlank()) {
        entries.add(entry.strip());
      }
    }
    return List.copyOf(entries);
  }

  /** One of several words. */
  public String choice(String name, String meaning, String fallback, List<String> words) {
    String raw = raw(name, meaning, fallback, String.join(" | ", words));
    if (raw == null || words.contains(raw)) {
      return raw == null ? fallback : raw;
    }
    problems.error(
        where(name),
        "must be one of " + String.join(", ", words) + Problems.didYouMean(raw, words));
    return fallback;
  }

  /** Secret, null when not set. */
  public @Nullable Secret secret(String name, String meaning) {
    String raw = raw(name, meaning, "", "secret");
    return raw == null || raw.isEmpty() ? null : new Secret(raw);
  }

  /** Secrets, comma-separated for rotation, first one is used for signing. */
  public List<Secret> secrets(String name, String meaning) {
    return list(name, meaning, "").stream().map(Secret::new).toList();
  }

  /**
   * Notes every setting that nobody has read: a mistyped name must not be silently without effect.
   */
  public void checkUnknown() {
    for (String name : new TreeSet<>(file.stringPropertyNames())) {
      if (!declared.containsKey(name)) {
        problems.error(
            "node.properties: " + name,
            "is not a setting" + Problems.didYouMean(name, declared.keySet()));
      }
    }
    List<String> known = declared.values().stream().map(Declared::environmentName).toList();
    for (String name : new TreeSet<>(environment.keySet())) {
      if (name.startsWith(PREFIX) && !known.contains(name)) {
        problems.warning(
            name, "is not a setting and has no effect" + Problems.didYouMean(name, known));
      }
    }
  }

  /** Name of a setting in the environment. */
  public static String environmentName(String name) {
    return PREFIX + name.toUpperCase(Locale.ROOT).replace('.', '_');
  }

  private @Nullable String raw(String name, String meaning, String fallback, String range) {
    declared.put(name, new Declared(name, fallback, range, meaning));
    String fromEnvironment = environment.get(environmentName(name));
    if (fromEnvironment != null && !fromEnvironment.isEmpty()) {
      return fromEnvironment.strip();
    }
    String fromFile = file.getProperty(name);
    return fromFile == null || fromFile.isBlank() ? null : fromFile.strip();
  }

  private String where(String name) {
    return environment.getOrDefault(environmentName(name), "").isEmpty()
        ? "node.properties: " + name
        : environmentName(name);
  }

  private static Duration declaredDuration(String text) {
    Duration value = parseDuration(text);
    if (value == null) {
      throw new IllegalStateException("a declared duration is not one: " + text);
    }
    return value;
  }

  private static @Nullable Duration parseDuration(String text) {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }

  private static long parseSize(String text) {
    Matcher matcher = SIZE.matcher(text);
    if (!matcher.matches()) {
      return -1;
    }
    int shift =
        switch (matcher.group(2)) {
          case "B" -> 0;
          case "KiB" -> 10;
          case "MiB" -> 20;
          default -> 30;
        };
    return Long.parseLong(matcher.group(1)) << shift;
  }
}
