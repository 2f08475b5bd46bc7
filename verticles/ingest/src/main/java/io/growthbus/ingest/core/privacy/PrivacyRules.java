package io.growthbus.ingest.core.privacy;

import io.growthbus.ingest.core.IdentityRules;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfig.EventContract;
import io.growthbus.shared.config.GrowthConfig.PrivacyMode;
import io.growthbus.shared.domain.ThresholdCrossed;
import io.growthbus.shared.flags.Exposure;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What of an event may be kept, as a configuration says; compiled once for many events. */
public final class PrivacyRules {
  private final KeyNames keys;
  private final TextScrubber texts;
  private final boolean allowList;
  private final Map<String, Set<String>> named;
  private final Set<String> knownNames = new HashSet<>();

  private final String currentVersion;
  private final Map<String, KnownKey> contracted = new HashMap<>();

  /**
   * What is known of a key.
   *
   * @param written the key, scrubbed
   * @param kind what it says about its value
   */
  public record KnownKey(String written, KeyKind kind) {}

  private PrivacyRules(GrowthConfig config, Map<String, Set<String>> contracts) {
    currentVersion = config.telemetry().schemaVersion();
    keys =
        config.privacy().keys().isEmpty()
            ? KeyNames.STANDARD
            : new KeyNames(config.privacy().keys());
    texts = new TextScrubber(keys);
    allowList = config.privacy().mode() == PrivacyMode.ALLOW_LIST;
    named = new HashMap<>();
    // The product's own: without these an alias and an exposure say nothing.
    named.put(IdentityRules.ALIAS, new HashSet<>(Set.of(IdentityRules.PREVIOUS_ID)));
    named.put(Exposure.EVENT, new HashSet<>(Exposure.PROPERTIES));
    named.put(ThresholdCrossed.EVENT, new HashSet<>(ThresholdCrossed.PROPERTIES));
    contracts.forEach(
        (event, names) -> named.computeIfAbsent(event, e -> new HashSet<>()).addAll(names));
    for (EventContract contract : config.telemetry().events()) {
      named
          .computeIfAbsent(contract.name(), event -> new HashSet<>())
          .addAll(contract.requiredProperties());
    }
    knownNames.addAll(named.keySet());
    named.values().forEach(names -> names.forEach(key -> contracted.put(key, lookedAt(key))));
    config.meters().forEach(meter -> knownNames.add(meter.event()));
  }

  /** The rules of a configuration, with no other contracts than it gives itself. */
  public static PrivacyRules of(GrowthConfig config) {
    return of(config, Map.of());
  }

  /**
   * The rules of a configuration.
   *
   * @param contracts events with a contract, and the names of properties in any version of it,
   *     beside those that the configuration gives
   */
  public static PrivacyRules of(GrowthConfig config, Map<String, Set<String>> contracts) {
    return new PrivacyRules(config, contracts);
  }

  /** Scrubs values. */
  public TextScrubber texts() {
    return texts;
  }

  /**
   * A key as it may be written, and what it says about its value. Those of contracts are looked at
   * once; what senders make up is not remembered.
   */
  public KnownKey known(String key) {
    KnownKey known = contracted.get(key);
    return known == null ? lookedAt(key) : known;
  }

  private KnownKey lookedAt(String key) {
    return new KnownKey(texts.scrub(key), keys.kind(key.toCharArray(), 0, key.length()));
  }

  /** A key or another short text of a sender, scrubbed. */
  public String key(String key) {
    return texts.scrub(key);
  }

  /**
   * The name of an event, scrubbed. One that the configuration or a contract names is known to hold
   * nothing. A name holds no brackets, so its markers have colons: {@code :card:}.
   */
  public String name(String name) {
    if (knownNames.contains(name)) {
      return name;
    }
    String scrubbed = texts.scrub(name);
    return scrubbed.equals(name) ? name : scrubbed.replace('[', ':').replace(']', ':');
  }

  /**
   * The schema version of an event: the configured one when it names none. A suffix, which may hold
   * anything, goes when something is found in it.
   */
  public String version(@Nullable String version) {
    if (version == null) {
      return currentVersion;
    }
    for (int i = 0; i < version.length(); i++) {
      char c = version.charAt(i);
      if (c == '-' || c == '+') {
        String suffix = version.substring(i + 1);
        return texts.scrub(suffix).equals(suffix) ? version : version.substring(0, i);
      }
    }
    return version;
  }

  /** Whether a number, as it was written, is that of a payment card. */
  public boolean isCard(char[] text, int from, int to) {
    return to - from >= Cards.SHORTEST
        && to - from <= Cards.LONGEST
        && Cards.isCard(new Scan(text, from, to, keys, false, 0), from, to);
  }

  /**
   * The properties that an event may have: those that any version of its contract names, even where
   * that welcomes others. Empty when it may have any.
   */
  public Optional<Set<String>> allowed(String eventName) {
    return allowList ? Optional.of(named.getOrDefault(eventName, Set.of())) : Optional.empty();
  }
}
