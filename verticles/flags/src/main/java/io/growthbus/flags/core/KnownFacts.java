package io.growthbus.flags.core;

import io.growthbus.shared.flags.Facts;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What was read of a user from committed state, for certain attributes.
 *
 * @param values texts and numbers by attribute; one that the user does not have is absent
 * @param unreadable attributes that could not be read
 * @param entitlementRevision revision of the entitlement that was read, or null when none was
 */
public record KnownFacts(
    Map<String, Object> values, Set<String> unreadable, @Nullable Long entitlementRevision) {
  /** Nothing is known, and nothing was asked for. */
  public static final KnownFacts NONE = new KnownFacts(Map.of(), Set.of(), null);

  private static final String METER = Facts.USAGE + ".";
  private static final String LIMIT = Facts.LIMITS + ".";

  public KnownFacts {
    values = Map.copyOf(values);
    unreadable = Set.copyOf(unreadable);
  }

  /** Key of the meter that an attribute is the usage of; null when it is something else. */
  public static @Nullable String meter(String attribute) {
    return attribute.startsWith(METER) ? attribute.substring(METER.length()) : null;
  }

  /** Name of the limit that an attribute is; null when it is something else. */
  public static @Nullable String limit(String attribute) {
    return attribute.startsWith(LIMIT) ? attribute.substring(LIMIT.length()) : null;
  }

  /** Whether an attribute is read from the entitlement of the user. */
  public static boolean isEntitled(String attribute) {
    return attribute.equals(Facts.TIER) || limit(attribute) != null;
  }

  /** The meters among attributes, sorted. */
  public static Set<String> meters(Set<String> attributes) {
    Set<String> meters = new TreeSet<>();
    for (String attribute : attributes) {
      String meter = meter(attribute);
      if (meter != null) {
        meters.add(meter);
      }
    }
    return meters;
  }
}
