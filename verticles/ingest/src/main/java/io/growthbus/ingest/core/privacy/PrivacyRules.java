package io.growthbus.ingest.core.privacy;

import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfig.EventContract;
import io.growthbus.shared.config.GrowthConfig.PrivacyMode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What of an event may be kept, as a configuration says; compiled once for many events. */
public final class PrivacyRules {
  private final KeyNames keys;
  private final TextScrubber texts;
  private final boolean allowList;
  private final Map<String, Set<String>> named;
  private final Set<String> knownNames = new HashSet<>();

  private PrivacyRules(GrowthConfig config) {
    keys =
        config.privacy().keys().isEmpty()
            ? KeyNames.STANDARD
            : new KeyNames(config.privacy().keys());
    texts = new TextScrubber(keys);
    allowList = config.privacy().mode() == PrivacyMode.ALLOW_LIST;
    named = new HashMap<>();
    for (EventContract contract : config.telemetry().events()) {
      named.put(contract.name(), Set.copyOf(contract.requiredProperties()));
      knownNames.add(contract.name());
    }
    config.meters().forEach(meter -> knownNames.add(meter.event()));
  }

  /** The rules of a configuration. */
  public static PrivacyRules of(GrowthConfig config) {
    return new PrivacyRules(config);
  }

  /** Scrubs values. */
  public TextScrubber texts() {
    return texts;
  }

  /** What a key says about its value. */
  public KeyKind kind(char[] text, int from, int to) {
    return keys.kind(text, from, to);
  }

  /** A key or another short text of a sender, scrubbed. */
  public String key(String key) {
    return texts.scrub(key);
  }

  /**
   * The name of an event, scrubbed. One that the configuration names is known to hold nothing. A
   * name holds no brackets, so its markers have colons: {@code :card:}.
   */
  public String name(String name) {
    if (knownNames.contains(name)) {
      return name;
    }
    String scrubbed = texts.scrub(name);
    return scrubbed.equals(name) ? name : scrubbed.replace('[', ':').replace(']', ':');
  }

  /** A schema version; its suffix, which may hold anything, goes when something is found in it. */
  public String version(String version) {
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

  /** The properties that an event may have; empty when it may have any. */
  public Optional<Set<String>> allowed(String eventName) {
    return allowList ? Optional.of(named.getOrDefault(eventName, Set.of())) : Optional.empty();
  }
}
