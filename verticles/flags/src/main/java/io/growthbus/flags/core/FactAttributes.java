package io.growthbus.flags.core;

import io.growthbus.shared.flags.Facts;
import io.growthbus.shared.message.UsedFacts;
import java.util.AbstractMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Attributes of one question about one flag: what the asker says, and in place of every fact what
 * the server knows. It notes which facts are looked at, so that an answer can say what it was made
 * of, and whether one decided that could not be read.
 *
 * <p>Not thread-safe.
 */
public final class FactAttributes extends AbstractMap<String, Object> {
  private final Map<String, Object> said;
  private final KnownFacts known;
  private final boolean hypothetical;
  private final Set<String> lookedAt = new TreeSet<>();

  /**
   * @param said what the asker says; facts in it are not believed
   */
  public FactAttributes(Map<String, Object> said, KnownFacts known) {
    this(said, known, false);
  }

  private FactAttributes(Map<String, Object> said, KnownFacts known, boolean hypothetical) {
    this.said = said;
    this.known = known;
    this.hypothetical = hypothetical;
  }

  /** Attributes in which a fact that is said counts instead of what is known. */
  public static FactAttributes hypothetical(Map<String, Object> said, KnownFacts known) {
    return new FactAttributes(said, known, true);
  }

  /** The value that is said for a fact, by its whole name or inside of an object; or null. */
  public static @Nullable Object saidFact(Map<String, Object> said, String attribute) {
    Object whole = said.get(attribute);
    int dot = attribute.indexOf('.');
    return whole == null
            && dot > 0
            && said.get(attribute.substring(0, dot)) instanceof Map<?, ?> inside
        ? inside.get(attribute.substring(dot + 1))
        : whole;
  }

  @Override
  public @Nullable Object get(@Nullable Object name) {
    if (!(name instanceof String attribute) || !Facts.isFact(attribute)) {
      return said.get(name);
    }
    Object supposed = hypothetical ? saidFact(said, attribute) : null;
    if (supposed != null) {
      return supposed;
    }
    lookedAt.add(attribute);
    return known.values().get(attribute);
  }

  /** Whether a fact was looked at that could not be read. */
  public boolean missedFact() {
    return lookedAt.stream().anyMatch(known.unreadable()::contains);
  }

  /** Whether the usage of a meter was looked at that nobody has for this user. */
  public boolean missedUsage() {
    return lookedAt.stream()
        .anyMatch(
            attribute ->
                KnownFacts.meter(attribute) != null && !known.values().containsKey(attribute));
  }

  /** The facts that were looked at and known; null when there are none. */
  public @Nullable UsedFacts used() {
    Map<String, Number> usage = new TreeMap<>();
    boolean entitled = false;
    for (String attribute : lookedAt) {
      String meter = KnownFacts.meter(attribute);
      if (meter != null && known.values().get(attribute) instanceof Number value) {
        usage.put(meter, value);
      }
      entitled |= KnownFacts.isEntitled(attribute);
    }
    Long revision = entitled ? known.entitlementRevision() : null;
    return revision == null && usage.isEmpty()
        ? null
        : new UsedFacts(revision, usage.isEmpty() ? null : usage);
  }

  @Override
  public Set<Entry<String, Object>> entrySet() {
    return said.entrySet();
  }
}
