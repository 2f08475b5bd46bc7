package io.growthbus.ingest.core.schema;

import io.growthbus.shared.domain.SemVer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * All versions of one event's contract, and which of them stands for the version in an event.
 *
 * <p>A version that is not known, of a major that is, is judged by the lowest one above it: inside
 * a major each version accepts everything that a lower one does. Above the highest it is judged by
 * the highest.
 */
public final class Versions<T> {

  /** How the version in an event was found. */
  public enum Match {
    EXACT,
    OTHER_OF_MAJOR,
    UNKNOWN_MAJOR
  }

  /**
   * What stands for a version.
   *
   * @param contract the contract to judge by; for an unknown major the highest of all
   */
  public record Resolved<T>(T contract, Match match) {}

  private final NavigableMap<SemVer, T> ordered;
  private final Map<String, Resolved<T>> exact = new HashMap<>();

  /**
   * @param contracts at least one
   */
  public Versions(Map<SemVer, T> contracts) {
    ordered = new TreeMap<>(contracts);
    ordered.forEach(
        (version, contract) ->
            exact.put(version.toString(), new Resolved<>(contract, Match.EXACT)));
  }

  /** What stands for the version that an event names. */
  public Resolved<T> resolve(String version) {
    Resolved<T> known = exact.get(version);
    return known != null ? known : resolveOther(version);
  }

  private Resolved<T> resolveOther(String text) {
    Optional<SemVer> version = SemVer.parse(text);
    if (version.isEmpty()) {
      return new Resolved<>(latest(), Match.UNKNOWN_MAJOR);
    }
    SemVer wanted = version.get();
    T same = ordered.get(wanted);
    if (same != null) {
      return new Resolved<>(same, Match.EXACT);
    }
    Map.Entry<SemVer, T> above = ordered.higherEntry(wanted);
    if (above != null && above.getKey().major() == wanted.major()) {
      return new Resolved<>(above.getValue(), Match.OTHER_OF_MAJOR);
    }
    Map.Entry<SemVer, T> below = ordered.lowerEntry(wanted);
    if (below != null && below.getKey().major() == wanted.major()) {
      return new Resolved<>(below.getValue(), Match.OTHER_OF_MAJOR);
    }
    return new Resolved<>(latest(), Match.UNKNOWN_MAJOR);
  }

  /** The contract with the highest version. */
  public T latest() {
    return ordered.lastEntry().getValue();
  }

  /** All contracts, lowest version first. */
  public List<T> ascending() {
    return new ArrayList<>(ordered.values());
  }
}
